package readings_test

import (
	"strings"
	"testing"
	"time"

	"tidemark/domain/telemetry/readings"
)

// TestMisnamed: numbers of today's seconds, milliseconds and microseconds are not taken for a smaller unit that
// somebody named, if all of a request are. Data that begin in 1970 are taken, and units of seconds always.
func TestMisnamed(t *testing.T) {
	const s, ms, us = 1_790_000_000, 1_790_000_000_123, 1_790_000_000_123_456
	for name, c := range map[string]struct {
		p       readings.Precision
		numbers []int64
		want    readings.Precision // Unsaid: it is right
	}{
		"seconds as milliseconds":      {readings.Millisecond, []int64{s, s + 1}, readings.Second},
		"seconds as microseconds":      {readings.Microsecond, []int64{s}, readings.Second},
		"seconds as nanoseconds":       {readings.Nanosecond, []int64{s}, readings.Second},
		"milliseconds as microseconds": {readings.Microsecond, []int64{ms}, readings.Millisecond},
		"milliseconds as nanoseconds":  {readings.Nanosecond, []int64{ms}, readings.Millisecond},
		"microseconds as nanoseconds":  {readings.Nanosecond, []int64{us, us - 1000}, readings.Microsecond},
		"the first of 2000":            {readings.Millisecond, []int64{946_684_800}, readings.Second},
		"before 2000":                  {readings.Millisecond, []int64{946_684_799}, readings.Unsaid},
		"the last of 2099":             {readings.Millisecond, []int64{4_102_444_799}, readings.Second},
		"after 2099":                   {readings.Millisecond, []int64{4_102_444_800}, readings.Unsaid},
		"right":                        {readings.Millisecond, []int64{ms}, readings.Unsaid},
		"seconds":                      {readings.Second, []int64{s}, readings.Unsaid},
		"seconds of 1970":              {readings.Second, []int64{1, 1_790_000}, readings.Unsaid},
		"minutes":                      {readings.Minute, []int64{s / 60}, readings.Unsaid},
		"unsaid has a rule of its own": {readings.Unsaid, []int64{s}, readings.Unsaid},
		"small numbers":                {readings.Nanosecond, []int64{1, 2, 3}, readings.Unsaid},
		"the epoch":                    {readings.Millisecond, []int64{0}, readings.Unsaid},
		"before the epoch":             {readings.Millisecond, []int64{-s}, readings.Unsaid},
		"a history that goes on":       {readings.Millisecond, []int64{s, s + 86_400_000*40}, readings.Unsaid},
		"a history from the beginning": {readings.Millisecond, []int64{0, s}, readings.Unsaid},
		"two units":                    {readings.Nanosecond, []int64{s, ms}, readings.Unsaid},
		"nothing":                      {readings.Nanosecond, nil, readings.Unsaid},
	} {
		times := make([]int64, len(c.numbers))
		for i, n := range c.numbers {
			times[i] = n * c.p.Nanos()
		}
		why := c.p.Misnamed(times)
		if (why == "") != (c.want == readings.Unsaid) || !strings.Contains(why, "send precision="+c.want.String()) &&
			why != "" {
			t.Errorf("%s: %q, want %v", name, why, c.want)
		}
	}
	got := readings.Millisecond.Misnamed([]int64{s * int64(time.Millisecond)})
	const want = "in milliseconds (precision=ms) the time lies in the first weeks of 1970; in seconds it is of " +
		"2026-09-21: send precision=s; if it really is 1970, send seconds or RFC 3339"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
