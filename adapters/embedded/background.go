package embedded

import (
	"tidemark/ports/journal"
	"tidemark/ports/storageaccount"
)

// Background is the store as the background work of its own process asks it. Its ports keep every promise but one: a
// time that was only told is forgotten with the process, and a clock that was set back meanwhile may tell an earlier
// one after the next start. The work loses nothing by that: what follows from a time and outlives the process is a
// write, and every write keeps the clock. In return whoever only looks, writes nothing: the disk of an idle node
// rests.
type Background struct{ store *Store }

// Background gives the ports for background work.
func (s *Store) Background() Background { return Background{s} }

// Journal is Store.Journal for background work.
func (b Background) Journal() journal.Journal { return log{b.store, ownWork} }

// Directory is Store.Directory for background work.
func (b Background) Directory() journal.Directory { return directory{b.store, ownWork} }

// Account is Store.Account for background work.
func (b Background) Account() storageaccount.Account { return account{b.store, ownWork} }
