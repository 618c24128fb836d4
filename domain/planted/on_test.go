//go:build planted

package planted_test

import (
	"testing"

	"tidemark/domain/planted"
)

func TestOneAtATime(t *testing.T) {
	off := planted.Switch(planted.FloorBlind)
	if !planted.On(planted.FloorBlind) || planted.On(planted.MarkOverHole) {
		t.Error("the bug that is on is not the one that was switched on")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("two bugs are on")
			}
		}()
		planted.Switch(planted.MarkOverHole)
	}()
	if off(); planted.On(planted.FloorBlind) {
		t.Error("a bug is on that was switched off")
	}
}
