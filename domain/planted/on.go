//go:build planted

package planted

import "sync/atomic"

// Built says whether the program has the planted bugs in it.
const Built = true

var present atomic.Value // the Name that is on; "" for none

// first is on from the beginning, if the linker says so: that is how a test is seen to fail of a bug.
//
//	go test -tags planted -ldflags '-X tidemark/domain/planted.first=floor-blind' ./domain/compaction -run TestFloor
var first string

func init() { present.Store(Name(first)) }

// On reports whether a bug is switched on.
func On(n Name) bool { return present.Load() == n }

// Switch switches a bug on until off is called. It panics if another one is on: what is found has to have one cause.
// Switch before a run begins and off after it has ended: in between the answers of On do not change.
func Switch(n Name) (off func()) {
	if !present.CompareAndSwap(Name(""), n) {
		panic("the bug " + string(n) + " cannot be switched on beside another")
	}
	return func() { present.Store(Name("")) }
}
