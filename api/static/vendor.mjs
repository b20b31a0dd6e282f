// Copies what package.json lists from node_modules: "vendor" to api/static/vendor, "fonts" to gongche/press/fonts.
// Run by `npm ci`.
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const top = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const { vendor, fonts } = JSON.parse(readFileSync(join(top, "package.json"), "utf8"));

copyAll(vendor, join(top, "api", "static", "vendor"));
copyAll(fonts, join(top, "gongche", "press", "fonts"));

function copyAll(sources, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, source] of Object.entries(sources)) {
    copyFileSync(join(top, "node_modules", source), join(folder, name));
  }
}
