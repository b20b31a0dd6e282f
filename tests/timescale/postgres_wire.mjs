// What PGlite's socket lacks of a PostgreSQL server:
// - COPY ... FROM STDIN. PGlite answers whole requests and cannot wait for more input inside one, which COPY asks of
//   a server. So the statement is held back, the client is told to go on, and when its data are complete all goes
//   to PGlite as one request.
// - Sessions. All connections share one, with its prepared statements and temporary tables; each gets it emptied.

const HEADER_BYTES = 5; // a letter for the kind, then the length, which counts itself and what follows
const COPY_FROM_STDIN = /^\s*copy\b[^;]*\bfrom\s+stdin\b/i;

const message = (kind, body) => {
  const bytes = Buffer.alloc(HEADER_BYTES + body.length);
  bytes.write(kind, 0, "latin1");
  bytes.writeInt32BE(4 + body.length, 1);
  body.copy(bytes, HEADER_BYTES);
  return bytes;
};
const kindOf = (bytes) => String.fromCharCode(bytes[0]);
const lengthOf = (bytes) => 1 + bytes.readInt32BE(1);
const textOf = (query) => query.subarray(HEADER_BYTES, query.length - 1).toString("utf8");

const query = (sql) => message("Q", Buffer.from(`${sql}\0`));
const isStart = (bytes) => bytes[0] === 0; // it has no letter; its length begins with a zero byte, which no letter is

/** Gives `db` an `execProtocolRaw` that takes the client's bytes in any pieces and does the above. */
export const serveLikePostgres = (db) => {
  let unread = Buffer.alloc(0);
  let held = null; // the COPY statement and its data so far

  const nextMessage = () => {
    if (unread.length < HEADER_BYTES) return null;
    const length = isStart(unread) ? unread.readInt32BE(0) : lengthOf(unread);
    if (unread.length < length) return null;
    const bytes = unread.subarray(0, length);
    unread = unread.subarray(length);
    return bytes;
  };

  const answer = (bytes) => {
    if (isStart(bytes)) {
      held = null;
      for (const sql of ["rollback", "discard all"]) db.execProtocolRawSync(query(sql));
      return null;
    }
    if (held === null && kindOf(bytes) === "Q" && COPY_FROM_STDIN.test(textOf(bytes))) {
      held = [bytes];
      const isBinary = /\bbinary\b/i.test(textOf(bytes)) ? 1 : 0;
      return message("G", Buffer.from([isBinary, 0, 0]));
    }
    if (held !== null) {
      held.push(bytes);
      if (!"cf".includes(kindOf(bytes))) return Buffer.alloc(0);
      const request = Buffer.concat(held);
      held = null;
      const reply = Buffer.from(db.execProtocolRawSync(request));
      return kindOf(reply) === "G" ? reply.subarray(lengthOf(reply)) : reply;
    }
    return null;
  };

  db.execProtocolRaw = async (piece) => {
    unread = Buffer.concat([unread, Buffer.from(piece)]);
    const replies = [];
    let forPglite = [];
    const passOn = () => {
      if (forPglite.length > 0) replies.push(Buffer.from(db.execProtocolRawSync(Buffer.concat(forPglite))));
      forPglite = [];
    };
    for (let bytes = nextMessage(); bytes !== null; bytes = nextMessage()) {
      const reply = answer(bytes);
      if (reply === null) forPglite.push(bytes);
      else {
        passOn();
        replies.push(reply);
      }
    }
    passOn();
    return new Uint8Array(Buffer.concat(replies));
  };
};
