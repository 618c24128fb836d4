// Package virtual runs tests of use cases on virtual time.
package virtual

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
)

// Main is a package's TestMain. On virtual time one actor runs at a time, and to hand over to another processor costs
// more than it gains; schedules make much garbage and keep little. Together that is a third to a half of the processor
// time.
func Main(m *testing.M) {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
