package compaction

import (
	"testing"
	"time"
)

func TestPaceFollowsTheStorage(t *testing.T) {
	const lease, most = 30 * time.Second, 64 << 20
	for _, c := range []struct {
		name        string
		was         pace
		took        time.Duration
		bytes, rows int
		want        pace
	}{
		{"far too long", pace{most, 20_000}, time.Minute, 10 << 20, 20_000, pace{5 << 20, 10_000}},
		{"too long for one row", pace{most, 20_000}, time.Minute, 1, 1, pace{1, 1}},
		{"in good time", pace{1 << 20, 1000}, 10 * time.Second, 1 << 20, 1000, pace{1 << 20, 1000}},
		{"in no time", pace{1 << 20, 1000}, time.Second, 1 << 20, 1000, pace{2 << 20, 2000}},
		{"in no time, for little", pace{1 << 20, 1000}, time.Second, 100, 10, pace{1 << 20, 1000}},
		{"in no time, as large as may be", pace{most, mostRows}, time.Second, most, mostRows, pace{most, mostRows}},
	} {
		p := c.was
		if p.learn(c.took, lease, c.bytes, c.rows, most); p != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, p, c.want)
		}
	}
}
