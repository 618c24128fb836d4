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
		failed      bool
		want        pace
	}{
		{"far too long", pace{most, 20_000}, time.Minute, 10 << 20, 20_000, false, pace{5 << 20, 10_000}},
		{"too long for one row", pace{most, 20_000}, time.Minute, 1, 1, false, pace{1, 1}},
		{"in good time", pace{1 << 20, 1000}, 10 * time.Second, 1 << 20, 1000, false, pace{1 << 20, 1000}},
		{"in no time", pace{1 << 20, 1000}, time.Second, 1 << 20, 1000, false, pace{2 << 20, 2000}},
		{"in no time, for little", pace{1 << 20, 1000}, time.Second, 100, 10, false, pace{1 << 20, 1000}},
		{"in no time, as large as may be", pace{most, mostRows}, time.Second, most, mostRows, false,
			pace{most, mostRows}},
		{"in no time, because it failed", pace{1 << 20, 1000}, time.Second, 1 << 20, 1000, true, pace{1 << 20, 1000}},
		{"too long, and it failed", pace{1 << 20, 1000}, time.Minute, 1 << 20, 1000, true, pace{1 << 19, 500}},
	} {
		p := c.was
		if p.learn(c.took, lease, hand{bytes: c.bytes, rows: c.rows}, !c.failed, most); p != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, p, c.want)
		}
	}
}
