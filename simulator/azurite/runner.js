// Runs Azurite's table and queue servers in one process that ends when its standard input does, however the parent died.
// Blob is left out: nothing here needs it and it is most of Azurite's start-up time.
//
// argv[2] is JSON: {"folder": "" for memory only, "table": port, "queue": port, 0 for any}.
// Standard input takes one JSON object a line: {"accounts": "name:key;..."} replaces the accounts. Its end means stop.
// Standard output answers one JSON object a line: first {"table": port, "queue": port}, then {"accounts": true} for each change.
"use strict";
const path = require("path");
const readline = require("readline");
const from = (file) => require(path.join(__dirname, "node_modules", "azurite", "dist", "src", file)).default;

const options = JSON.parse(process.argv[2]);
const memory = options.folder === "";
const file = (name) => path.join(options.folder || ".", name);
const say = (answer) => process.stdout.write(JSON.stringify(answer) + "\n");
const portOf = (server) => Number(new URL(server.getHttpServerAddress()).port);

const TableConfiguration = from("table/TableConfiguration.js");
const TableServer = from("table/TableServer.js");
const QueueConfiguration = from("queue/QueueConfiguration.js");
const QueueServer = from("queue/QueueServer.js");

const host = "127.0.0.1";
const keepAlive = 60; // seconds; longer than our clients keep an idle connection
// host, port, keepAlive, database, debug, accessLog, accessLogStream, debugFile, loose, skipApiVersionCheck, cert, key, pwd, oauth,
// disableProductStyleUrl, memory
const table = new TableServer(new TableConfiguration(host, options.table, keepAlive, file("table.json"), false, false, undefined,
  undefined, false, true, "", "", "", undefined, true, memory));
const stores = [{ locationId: "Default", locationPath: file("queue"), maxConcurrency: 50 }];
const queue = new QueueServer(new QueueConfiguration(host, options.queue, keepAlive, file("queue.json"), file("queue-extent.json"),
  stores, false, undefined, false, undefined, false, true, "", "", "", undefined, true, memory));

async function stop() {
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
main().catch((err) => {
  console.error(err.stack || err);
  process.exit(1);
});
