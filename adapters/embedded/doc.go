// Package embedded keeps a journal, the account's rows, queues and the tidemark in one file of one folder, for one
// machine: what `serve` uses without configuration. The file is a bbolt B+ tree (go.etcd.io/bbolt).
//
// An acknowledged write is fsynced. Writes that wait at the same time share one transaction and so one fsync (see
// commit.go); reads are short transactions that copy out what they found, and no transaction is open while a caller
// looks at an entry. A reader may see a write a moment before its fsync has ended: after a power cut what nobody was
// told of as written may be gone, never what was acknowledged.
//
// The store's clock is the one handed to Open, made monotonic: it never falls, also when the process starts again on
// a machine whose clock was set back; it stands still while a transaction is being written, so that nothing becomes
// visible later with a time before one that was already told. The tidemark (state Single) is this clock. The file
// learns of a time before anybody is told of it, to the second; what the process keeps to itself (Background, and a
// queue that is polled) writes nothing.
//
// The file grows and never shrinks: bbolt reuses the pages of what was dropped and gives none back to the disk.
// Expire drops a day of streams or a year of chunks as a whole. A full disk refuses writes with fault.Unavailable and
// loses nothing.
//
// One process holds the folder at a time. Days and years need no preparation here: a first write makes them, unless
// they were expired, which is fault.Conflict.
package embedded
