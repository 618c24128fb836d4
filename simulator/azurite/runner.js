// Runs Azurite's table and queue servers in one process that ends when its standard input does, however the parent died.
// Blob is left out: nothing here needs it and it is most of Azurite's start-up time.
//
// The last argument is JSON: {"folder": "" for memory only, "host": address, "table": port, "queue": port, 0 for any}.
// Standard input takes one JSON object a line: {"accounts": "name:key;..."} replaces the accounts. Its end means stop.
// Standard output answers one JSON object a line: first {"table": port, "queue": port}, then {"accounts": true} for each change.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const stream = require("stream");
// Beside this script where npm installed it, or where Microsoft's image has it (this script is then an argument of node).
const places = [path.join(__dirname, "node_modules", "azurite"), "/opt/azurite", "/usr/local/lib/node_modules/azurite"];
const root = places.find((place) => fs.existsSync(path.join(place, "dist", "src", "table")));
if (!root) {
  console.error("no Azurite in " + places.join(", "));
  process.exit(1);
}
const load = (file) => require(path.join(root, "dist", "src", file));
const from = (file) => load(file).default;

// Azurite loads the client of its telemetry, three of four of all its modules and most of its start-up time, also where none is sent. None is
// sent here: only azurite's own commands begin it. So it finds an empty module instead; an older Azurite has none.
try {
  const client = require.resolve("applicationinsights", { paths: [root] });
  require.cache[client] = { id: client, filename: client, loaded: true, children: [], exports: {} };
} catch (err) {
  if (err.code !== "MODULE_NOT_FOUND") throw err;
}

// Azurite's database writes its file every five seconds, beside its work. Its close writes what changed since a write began, and if that is
// nothing, it is done at once, although that write is not: the process ended, and all of what it was writing was lost. So close waits for it.
const Database = require(require.resolve("lokijs", { paths: [root] }));
const closeDatabase = Database.prototype.close;
Database.prototype.close = function (closed) {
  this.autosaveDisable();
  this.throttledSaveDrain(() => closeDatabase.call(this, closed));
};

// Azurite measures the JSON text of an entity against the service's 1 MiB, of a batch against 4 MiB. The service measures names and
// values, and who stands in front of us does as the service does and adds a property: these are far above what it lets through.
const limits = load("table/utils/constants.js");
limits.ENTITY_SIZE_MAX = 16 * 1024 * 1024;
limits.BODY_SIZE_MAX = 64 * 1024 * 1024;

// Azurite makes text of each packet of a body for itself, so that a character of which two packets have a part becomes question marks
// (segments.join in generated/utils/serializer.js). Packets are cut between characters before it sees them.
class WholeCharacters extends stream.Transform {
  rest = Buffer.alloc(0);
  _transform(chunk, _, done) {
    if (this.rest.length > 0) chunk = Buffer.concat([this.rest, chunk]);
    let lead = chunk.length - 1;
    while (lead > 0 && lead > chunk.length - 4 && (chunk[lead] & 0xc0) === 0x80) lead--;
    const wants = chunk[lead] >= 0xf0 ? 4 : chunk[lead] >= 0xe0 ? 3 : chunk[lead] >= 0xc0 ? 2 : 1;
    const cut = lead + wants > chunk.length ? lead : chunk.length;
    this.rest = chunk.subarray(cut);
    done(null, chunk.subarray(0, cut));
  }
  _flush(done) {
    done(null, this.rest);
  }
}
for (const service of ["table", "queue"]) {
  from(service + "/generated/ExpressRequestAdapter.js").prototype.getBodyStream = function () {
    const whole = new WholeCharacters();
    this.req.on("error", (err) => whole.destroy(err));
    return this.req.pipe(whole);
  };
}

// The service does not tell names of tables apart by case. Azurite keeps the rows of a table under its name as it was made, and looks for them under
// the name as it is called, after one in small letters: so they are kept under that. A folder of before has the name as it was made.
const TableStore = from("table/persistence/LokiTableMetadataStore.js");
const rowsOf = TableStore.prototype.getTableCollectionName;
TableStore.prototype.getTableCollectionName = function (account, table) {
  const exact = rowsOf.call(this, account, table);
  return this.db.getCollection(exact) ? exact : rowsOf.call(this, account, table.toLowerCase());
};

// No table can be called "tables" in any case, and names of tables have none: so the resources Tables and $batch are found in any case. Azurite
// finds them as they are documented alone. What is signed stays the path as it came.
const contexts = load("table/middleware/tableStorageContext.middleware.js");
const contextPath = limits.DEFAULT_TABLE_CONTEXT_PATH;
const makeContext = contexts.default;
contexts.default = function (...settings) {
  const find = makeContext(...settings);
  return function (req, res, next) {
    const sent = req.path;
    const [, account, resource] = /^(\/[^/]+\/)(tables|\$batch)(?=$|\()/i.exec(sent) || [];
    if (!resource) return find(req, res, next);
    const rest = sent.slice(account.length);
    const meant = (resource[0] === "$" ? "$batch" : "Tables") + rest.slice(resource.length);
    Object.defineProperty(req, "path", { value: account + meant, configurable: true });
    return find(req, res, function (...args) {
      delete req.path;
      const context = res.locals[contextPath];
      context.authenticationPath = context.authenticationPath.slice(0, -rest.length) + rest;
      next(...args);
    });
  };
};

const options = JSON.parse(process.argv[process.argv.length - 1]);
const memory = options.folder === "";
const file = (name) => path.join(options.folder || ".", name);
const say = (answer) => process.stdout.write(JSON.stringify(answer) + "\n");
const portOf = (server) => Number(new URL(server.getHttpServerAddress()).port);

const TableConfiguration = from("table/TableConfiguration.js");
const TableServer = from("table/TableServer.js");
const QueueConfiguration = from("queue/QueueConfiguration.js");
const QueueServer = from("queue/QueueServer.js");

const host = options.host;
const keepAlive = 60; // seconds; longer than our clients keep an idle connection
// host, port, keepAlive, database, debug, accessLog, accessLogStream, debugFile, loose, skipApiVersionCheck, cert, key, pwd, oauth,
// disableProductStyleUrl, memory
const table = new TableServer(new TableConfiguration(host, options.table, keepAlive, file("table.json"), false, false, undefined,
  undefined, false, true, "", "", "", undefined, true, memory));
const stores = [{ locationId: "Default", locationPath: file("queue"), maxConcurrency: 50 }];
const queue = new QueueServer(new QueueConfiguration(host, options.queue, keepAlive, file("queue.json"), file("queue-extent.json"),
  stores, false, undefined, false, undefined, false, true, "", "", "", undefined, true, memory));

// A parent that is killed says it twice, with SIGTERM and by the end of our input: the second must not end us while the first writes.
let stopping = false;
async function stop() {
  if (stopping) return;
  stopping = true;
  try {
    await Promise.all([table.close(), queue.close()]); // writes what is not on disk yet
  } finally {
    process.exit(0);
  }
}

async function main() {
  await Promise.all([table.start(), queue.start()]);
  say({ table: portOf(table), queue: portOf(queue) });
  const input = readline.createInterface({ input: process.stdin });
  input.on("line", (line) => {
    process.env.AZURITE_ACCOUNTS = JSON.parse(line).accounts;
    table.accountDataStore.refresh();
    queue.accountDataStore.refresh();
    say({ accounts: true });
  });
  input.on("close", stop);
}

process.on("SIGTERM", stop);
// A terminal says these to everybody in it, and our parent closes our input when it has come to its own end.
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
main().catch((err) => {
  console.error(err.stack || err);
  process.exit(1);
});
