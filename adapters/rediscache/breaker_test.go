package rediscache

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Each line is a moment in milliseconds, what happens, and what the breaker says.
const breakerStory = `
0 ask allowed
0 ask allowed
1 fail
2 fail
3 ask allowed
4 work
5 fail
6 fail
7 ask allowed
8 ask allowed
9 fail: opens for 1000
10 fail
11 ask refused
1008 ask refused
1009 ask probe
1010 ask refused
1011 fail
1012 ask refused
1059 failprobe: opens for 2000
3058 ask refused
3059 ask probe
3060 giveup
3061 ask refused
3062 giveupprobe
3063 ask probe
3070 failprobe: opens for 3000, the most
6069 ask refused
6070 ask probe
6075 work
6076 ask allowed
6077 fail
6078 ask allowed
`

func TestBreakerStory(t *testing.T) {
	rule := breakerRule{failures: 3, least: time.Second, most: 3 * time.Second}
	events := map[string]struct {
		e  breakerEvent
		of grant
	}{"ask": {asked, refused}, "work": {worked, allowed}, "fail": {failed, allowed}, "failprobe": {failed, probe},
		"giveup": {unknown, allowed}, "giveupprobe": {unknown, probe}}
	var s breakerState
	for line := range strings.Lines(strings.TrimSpace(breakerStory)) {
		words := strings.Fields(line)
		var ms int
		if _, err := fmt.Sscan(words[0], &ms); err != nil {
			t.Fatal(err)
		}
		what := events[strings.TrimSuffix(words[1], ":")]
		var got grant
		s, got = rule.step(s, what.e, what.of, time.UnixMilli(int64(ms)))
		if what.e == asked && [...]string{"refused", "allowed", "probe"}[got] != words[2] {
			t.Fatalf("%q: got %d, state %+v", line, got, s)
		}
	}
}

// However calls overlap: an open breaker lets one probe at a time through, and never stays open longer than its most.
func TestBreakerAlwaysTriesAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := breakerRule{failures: rapid.IntRange(1, 4).Draw(t, "failures"), least: time.Second,
			most: 15 * time.Second}
		var s breakerState
		now, under := time.UnixMilli(1), []grant{}
		probes := 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * time.Millisecond)
			if len(under) == 0 || rapid.Bool().Draw(t, "ask") {
				var g grant
				s, g = rule.step(s, asked, refused, now)
				switch g {
				case refused:
					if probes == 0 && s.until.Sub(now) > rule.most {
						t.Fatalf("refused until %s at %s", s.until, now)
					}
					if probes == 0 && !now.Before(s.until) {
						t.Fatalf("refused at %s though nobody tries: %+v", now, s)
					}
					continue
				case probe:
					if probes++; probes > 1 && !s.until.IsZero() {
						t.Fatalf("%d probes at once: %+v", probes, s)
					}
				}
				under = append(under, g)
				continue
			}
			i := rapid.IntRange(0, len(under)-1).Draw(t, "which")
			of := under[i]
			under = append(under[:i], under[i+1:]...)
			e := breakerEvent(rapid.IntRange(int(worked), int(unknown)).Draw(t, "end"))
			s, _ = rule.step(s, e, of, now)
			if of == probe {
				probes--
			}
			if e == worked {
				for j := range under { // those under way say nothing of what comes now
					under[j] = allowed
				}
				probes = 0
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	k := testKey("tenant", "chunk", "meter 7/power/d2026-11-23")
	for b.Loop() {
		_ = encode(k)
	}
}
