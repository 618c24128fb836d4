// Package bounds is what the processes of a service know of its storage together: which account keeps a row and by
// which tidemark it has settled (Accounts, Tides), what is too old to be kept and by which clock, how many shards there
// are, and which tables are needed soon.
//
// The clock of the journal is the one that counts: blocks are stamped by it, and every node can ask for it. A node's
// own clock may be wrong by minutes, and by itself decides nothing that a user sees. What expires is hidden, refused
// and deleted only when it has expired by both clocks (Earlier), for a reading that was given up by mistake does not
// come back. What time it is now, where nobody said, is told by the journal (Clock).
package bounds
