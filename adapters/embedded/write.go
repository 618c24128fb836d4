package embedded

import (
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
)

// write is one caller's change. run checks everything before it changes anything: an error of type *fault.Error is a
// refusal.
type write struct {
	op    string
	size  int
	run   func(*txn) error
	state atomic.Int32
	err   error
	done  chan struct{}
}

// txn is a transaction and its time. Whoever changes something sets dirty.
type txn struct {
	*bolt.Tx
	now   int64
	dirty bool
}

const (
	waiting int32 = iota
	taken
	abandoned
)
