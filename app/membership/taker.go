package membership

import (
	"time"

	"tidemark/domain/bounds"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Taking is how accounts are taken into use.
type Taking struct {
	Journal    journal.Place
	NewJournal bool                             // the storage goes on with this journal, whichever it had
	Settling   bounds.Settling                  // when a version of a row counts as replicated
	Wait       time.Duration                    // for what has to be replicated, at most
	Say        func(format string, args ...any) // says what is waited for
}

// taker takes accounts into use that a storage has not had. It may be cut short at any moment, and home may fail over:
// then it is run again, and goes by what is there.
//
// It says at home what is to come, and in each other account which storage it is of, waits until no failover takes that
// back, and only then says at home that they are in use. Until then no node starts and none folds, so what is taken
// back before was of no use to anybody yet. The id of the storage is out of reach of a failover before another account
// hears of it.
type taker struct {
	Storage
	Taking
	sched sched.Scheduler
	all   []Member
	is    identity
	mine  []declaration
}
