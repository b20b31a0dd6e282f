// Copies what package.json lists under "vendor" from node_modules to api/static/vendor. Run by `npm ci`.
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const top = join(here, "..", "..");
const { vendor } = JSON.parse(readFileSync(join(top, "package.json"), "utf8"));

rmSync(join(here, "vendor"), { recursive: true, force: true });
mkdirSync(join(here, "vendor"));
for (const [name, source] of Object.entries(vendor)) {
  copyFileSync(join(top, "node_modules", source), join(here, "vendor", name));
}
