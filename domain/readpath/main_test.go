package readpath_test

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
)

// TestMain: on virtual time one actor runs at a time, and to hand over to another processor costs more than it gains;
// schedules make much garbage and keep little. Together that is a third to a half of the processor time.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
