package georep

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseLagRoundTrip(t *testing.T) {
	tests := map[string]string{ // text to String
		"none":                                          "none",
		"constant 5s":                                   "constant 5s",
		" constant   90s ":                              "constant 1m30s",
		"constant 60s":                                  "constant 1m",
		"constant 1h":                                   "constant 1h",
		"constant 10m":                                  "constant 10m",
		"constant 20h0m10s":                             "constant 20h0m10s",
		"constant 0s":                                   "constant 0s",
		"uniform 1s 30s":                                "uniform 1s 30s",
		"uniform 5s 5s":                                 "uniform 5s 5s",
		"log-normal median 3s sigma 0.8":                "log-normal median 3s sigma 0.8",
		"log-normal median 3s sigma 2 max 15m":          "log-normal median 3s sigma 2 max 15m",
		"pareto min 1s alpha 1.5 max 15m":               "pareto min 1s alpha 1.5 max 15m",
		"pareto min 1s alpha 1.50":                      "pareto min 1s alpha 1.5",
		"bursts every 60s for 20s lag 30s else 1s":      "bursts every 1m for 20s lag 30s else 1s",
		"trace 0s:1s 10s:30s 60s:2s":                    "trace 0s:1s 10s:30s 1m:2s",
		"trace linear every 90s 0s:1s 10s:30s 60s:2.5s": "trace linear every 1m30s 0s:1s 10s:30s 1m:2.5s",
	}
	for text, want := range tests {
		l := mustParse(t, text)
		if got := l.String(); got != want {
			t.Errorf("ParseLag(%q) prints %q, want %q", text, got, want)
		}
		again := mustParse(t, l.String())
		for n := range 50 {
			when, u := begin.Add(time.Duration(n)*7*time.Second), float64(n)/50
			if l.Delay(when, u) != again.Delay(when, u) {
				t.Errorf("%q read again has another lag at %v, %v", text, when, u)
			}
		}
	}
}

func TestParseLagRefuses(t *testing.T) {
	tests := map[string]string{ // text to what the error has to say beside it
		"":                                        "it is empty: write none, constant 5s",
		"slow":                                    `there is no lag "slow": write none, constant 5s`,
		"none 1s":                                 `"1s" is too much`,
		"constant":                                `the lag is missing: write it as "constant 5s"`,
		"constant 5":                              `"5", is not a duration like 1m30s`,
		"constant -5s":                            "is below 0s: nothing arrives before it was sent",
		"constant 5s 6s":                          `"6s" is too much`,
		"uniform 30s 1s":                          "the least, 30s, is over the greatest, 1s",
		"uniform 1s":                              "the greatest is missing",
		"log-normal median 3s":                    `"sigma" is missing`,
		"log-normal mean 3s sigma 1":              `"mean" stands where "median" belongs`,
		"log-normal median 3s sigma NaN":          `sigma, "NaN", is not a number from 0 on`,
		"log-normal median 3s sigma -1":           `sigma, "-1", is not a number from 0 on`,
		"log-normal median 3s sigma Inf":          "is not a number",
		"log-normal median 3s sigma 1 max 1s":     "the median, 3s, is over the max, 1s",
		"pareto min 1s alpha 0":                   "alpha has to be above 0",
		"pareto min 1s alpha 1 max 0s":            "max has to be above 0s",
		"pareto min 9s alpha 1 max 1s":            "the min, 9s, is over the max, 1s",
		"bursts every 60s for 70s lag 1s else 1s": "bursts of 1m10s do not fit into every 1m",
		"bursts every 0s for 0s lag 1s else 1s":   "do not fit",
		"trace":                                   "the points are missing",
		"trace 0s:1s 0s:2s":                       "the times do not rise: 0s comes after 0s",
		"trace 0s":                                `"0s" is not a point like 10s:30s`,
		"trace 0s:-1s":                            "is below 0s",
		"trace every 10s 0s:1s 10s:1s":            "every 10s is not after the last point",
		"trace every 0s 0s:1s":                    "every 0s is not after the last point",
		"trace linear":                            "the points are missing",
	}
	for text, want := range tests {
		l, err := ParseLag(text)
		if err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), strings.TrimSpace(text)) {
			t.Errorf("ParseLag(%q) gives %v, %v; want an error with %q", text, l, err, want)
		}
	}
}

func FuzzParseLag(f *testing.F) {
	for _, form := range forms {
		f.Add(strings.NewReplacer("[", "", "]", "").Replace(form), 0.5)
	}
	f.Fuzz(func(t *testing.T, text string, u float64) {
		l, err := ParseLag(text)
		if err != nil {
			return
		}
		again, err := ParseLag(l.String())
		if err != nil || again.String() != l.String() {
			t.Fatalf("%q prints %q, read again %v, %v", text, l, again, err)
		}
		if u >= 0 && u < 1 {
			if d := l.Delay(begin, u); d < 0 || d != again.Delay(begin, u) {
				t.Fatalf("%q has the lag %v, read again %v", text, d, again.Delay(begin, u))
			}
		}
	})
}

// TestDistributions draws from each random lag and compares quantiles with those of the distribution.
func TestDistributions(t *testing.T) {
	tests := []struct {
		text     string
		quantile map[float64]time.Duration
	}{
		{"uniform 10s 30s", map[float64]time.Duration{0: 10 * time.Second, 0.25: 15 * time.Second,
			0.5: 20 * time.Second, 0.999: 30 * time.Second}},
		// exp(0.8 z) with z of 0.9: 1.2816, of 0.99: 2.3263
		{"log-normal median 3s sigma 0.8", map[float64]time.Duration{0.1: 1076 * time.Millisecond, 0.5: 3 * time.Second,
			0.9: 8363 * time.Millisecond, 0.99: 19295 * time.Millisecond}},
		// (1-u)^(-1/1.5)
		{"pareto min 1s alpha 1.5", map[float64]time.Duration{0: time.Second, 0.5: 1587 * time.Millisecond,
			0.99: 21544 * time.Millisecond}},
		{"pareto min 1s alpha 0.001 max 15m", map[float64]time.Duration{0: time.Second, 0.5: 15 * time.Minute,
			0.99: 15 * time.Minute}},
		{"log-normal median 3s sigma 0", map[float64]time.Duration{0: 3 * time.Second, 0.9: 3 * time.Second}},
	}
	for _, tt := range tests {
		l := mustParse(t, tt.text)
		for u, want := range tt.quantile {
			if got := l.Delay(begin, u); math.Abs(float64(got-want)) > 0.01*float64(want) {
				t.Errorf("%s at %v: %v, want %v", tt.text, u, got, want)
			}
		}
	}
}

// TestDelayStaysInBounds takes u at the ends of its range and between.
func TestDelayStaysInBounds(t *testing.T) {
	us := []float64{0, math.SmallestNonzeroFloat64, 1e-300, 0.5, math.Nextafter(1, 0)}
	tests := map[string][2]time.Duration{
		"uniform 1s 30s":                             {time.Second, 30 * time.Second},
		"log-normal median 3s sigma 100":             {0, 1 << 62},
		"log-normal median 3s sigma 0":               {3 * time.Second, 3 * time.Second},
		"log-normal median 3s sigma 100 max 15m":     {0, 15 * time.Minute},
		"pareto min 1s alpha 0.0001":                 {time.Second, 1 << 62},
		"pareto min 1s alpha 1 max 15m":              {time.Second, 15 * time.Minute},
		"pareto min 0s alpha 0.0001":                 {0, 0},
		"pareto min 0s alpha 1":                      {0, 0},
		"uniform 0s 2562047h47m16.854775807s":        {0, math.MaxInt64},
		"trace linear 0s:0s 1s:2562047h 2s:0s 3s:0s": {0, math.MaxInt64},
	}
	for text, bounds := range tests {
		l := mustParse(t, text)
		for _, u := range us {
			if got := l.Delay(begin, u); got < bounds[0] || got > bounds[1] {
				t.Errorf("%s at %v: %v, want it in %v", text, u, got, bounds)
			}
		}
	}
}

func TestLagOverTime(t *testing.T) {
	const s = time.Second
	tests := []struct {
		text string
		want map[time.Duration]time.Duration
	}{
		{"bursts every 60s for 20s lag 30s else 1s", map[time.Duration]time.Duration{0: 30 * s, 20*s - 1: 30 * s,
			20 * s: s, 60*s - 1: s, 60 * s: 30 * s, 140 * s: s}},
		{"bursts every 60s for 60s lag 30s else 1s", map[time.Duration]time.Duration{0: 30 * s, 59 * s: 30 * s,
			61 * s: 30 * s}},
		{"trace 5s:1s 10s:30s 60s:2s", map[time.Duration]time.Duration{0: s, 5 * s: s, 10*s - 1: s, 10 * s: 30 * s,
			60 * s: 2 * s, 600 * s: 2 * s}},
		{"trace every 90s 5s:1s 10s:30s 60s:2s", map[time.Duration]time.Duration{0: 2 * s, 5 * s: s, 89 * s: 2 * s,
			90 * s: 2 * s, 95 * s: s, 100 * s: 30 * s}},
		{"trace linear 10s:10s 20s:30s", map[time.Duration]time.Duration{0: 10 * s, 10 * s: 10 * s, 15 * s: 20 * s,
			20 * s: 30 * s, 99 * s: 30 * s}},
		{"trace linear every 40s 10s:10s 20s:30s", map[time.Duration]time.Duration{10 * s: 10 * s, 15 * s: 20 * s,
			35 * s: 20 * s, 40 * s: 50 * s / 3, 45 * s: 40 * s / 3, 50 * s: 10 * s}},
		{"trace linear 10s:7s", map[time.Duration]time.Duration{0: 7 * s, 99 * s: 7 * s}},
	}
	for _, tt := range tests {
		l := mustParse(t, tt.text).(anchored).from(begin)
		for at, want := range tt.want {
			if got := l.Delay(begin.Add(at), 0).Round(time.Millisecond); got != want.Round(time.Millisecond) {
				t.Errorf("%s after %v: %v, want %v", tt.text, at, got, want)
			}
		}
		if got := l.String(); got != mustParse(t, tt.text).String() {
			t.Errorf("%s prints %q once it has begun", tt.text, got)
		}
	}
}

// TestLagCountsFromWhenItWasSet: a burst of the options begins with the first call, one that is set later with
// SetLag.
func TestLagCountsFromWhenItWasSet(t *testing.T) {
	bursts := mustParse(t, "bursts every 60s for 20s lag 30s else 1s")
	a := newAccount(t, Options{Lag: bursts})
	dues := map[time.Duration]time.Duration{7 * time.Second: 30 * time.Second, 27 * time.Second: time.Second}
	a.Status(at(7 * time.Second))
	for _, when := range []time.Duration{7 * time.Second, 27 * time.Second} {
		if e := write(t, a, at(when), row("a")); !e.Due.Equal(at(when + dues[when])) {
			t.Errorf("committed after %v: due %v, want %v later", when, e.Due, dues[when])
		}
	}
	a.SetLag(at(28*time.Second), Scope{}, bursts)
	if e := write(t, a, at(47*time.Second), row("a")); !e.Due.Equal(at(77 * time.Second)) {
		t.Errorf("19s after SetLag: due %v, want 30s later", e.Due)
	}
}

func TestReadTrace(t *testing.T) {
	l, err := ReadTrace(strings.NewReader("# of last Tuesday\nat,lag\n0, 1\n10s,30s\n\n60.5,2.5\n"), true,
		90*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if want := "trace linear every 1m30s 0s:1s 10s:30s 1m0.5s:2.5s"; l.String() != want {
		t.Errorf("read %q, want %q", l, want)
	}
	tests := []struct {
		csv   string
		every time.Duration
		want  string
	}{
		{"", 0, "no points"},
		{"at,lag\n", 0, "no points"},
		{"0,1\n5,-2\n", 0, "line 2: \"-2\" is not a duration from 0s on"},
		{"0,1\nx,y\n", 0, "line 2"},
		{"0,1,2\n", 0, "wrong number of fields"},
		{"5,1\n5,2\n", 0, "the times do not rise"},
		{"0,1\n5,2\n", 5 * time.Second, "is not after the last point, 5s"},
		{"0,1\n", -time.Second, "write a longer time"},
		{"NaN,1\n", 0, "line 1"},
	}
	for _, tt := range tests {
		if l, err := ReadTrace(strings.NewReader(tt.csv), false, tt.every); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("ReadTrace(%q, %v) gives %v, %v; want an error with %q", tt.csv, tt.every, l, err, tt.want)
		}
	}
}

// TestLagDependsOnTheEntryAlone: the random part of an entry's lag is of the seed and its number, and uniform.
func TestLagDependsOnTheEntryAlone(t *testing.T) {
	dues := func(seed uint64, partitions ...string) []time.Duration {
		a := newAccount(t, Options{Lag: mustParse(t, "uniform 0s 100s"), Seed: seed})
		var all []time.Duration
		for _, key := range partitions {
			all = append(all, write(t, a, at(0), row(key)).Due.Sub(at(0)))
		}
		return all
	}
	if one, two := dues(1, "a", "b", "c"), dues(1, "c", "a", "a"); !slices.Equal(one, two) {
		t.Errorf("one seed gives %v and %v", one, two)
	}
	if one, two := dues(1, "a", "b"), dues(2, "a", "b"); slices.Equal(one, two) {
		t.Errorf("two seeds give %v", one)
	}
	many := dues(rand.Uint64(), strings.Split(strings.Repeat("a", 4000), "")...)
	below := 0
	for _, d := range many {
		if d < 25*time.Second {
			below++
		}
	}
	if below < 850 || below > 1150 { // 1,000 of 4,000, more than 5 standard deviations of 27
		t.Errorf("%d of %d lags are in the lowest quarter", below, len(many))
	}
}
