// Package azurite runs Azurite, Microsoft's storage emulator: tables and queues of any number of accounts, as a child
// process (Process), in a container (Container), or wherever somebody else already runs it (Attach).
//
// The npm package is pinned by the lock file embedded here, is installed once into the user's cache folder, and is
// run by a small script of ours that ends when its standard input does: however the parent ends, the child writes its
// data and ends too, and a terminal's signals do not reach it before. The same script, handed over on the command
// line, runs in a container on the Azurite of the image. It raises Azurite's limits of a body and of an entity, which
// are those of the service: whoever stands in front (the gateway) enforces them, and needs room for a property of its
// own. It finds a table by its name in any case, as the service does. It leaves out Azurite's telemetry, which is most
// of its start-up time and is never sent. Azurite keeps every table of an account in one list and scans it for each
// query, so give each test an account of its own (AddAccount); it costs a millisecond.
package azurite
