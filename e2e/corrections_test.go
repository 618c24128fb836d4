package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// csvFile is a file of readings: a row for each.
func csvFile(rng *rand.Rand, rows int) []string {
	var file []string
	v := 20.0
	for k := range rows {
		v += float64(rng.IntN(21)-10) / 10
		file = append(file, fmt.Sprintf("%s,%s,%s,%.2f", timeOf(k/4).Format(time.RFC3339Nano), []string{"a", "b"}[k%2],
			[]string{"temp", "hum"}[k/2%2], v))
	}
	return file
}

// sendFile sends the rows in pieces.
func sendFile(n *node, rows []string, piece int) {
	n.t.Helper()
	for at := 0; at < len(rows); at += piece {
		var body bytes.Buffer
		body.WriteString("time,source,metric,value\n")
		for _, r := range rows[at:min(len(rows), at+piece)] {
			body.WriteString(r + "\n")
		}
		n.ask(http.MethodPost, "/v1/readings", map[string]string{"Content-Type": "text/csv"}, body.Bytes())
	}
}

// The same file three times, in shuffled order and other pieces, before and after compaction, changes no answer.
func TestSameFileAgain(t *testing.T) {
	t.Parallel()
	rng := seeded(t)
	s := newSite(t)
	n := s.start(quick(asBoth)...)
	rows := csvFile(rng, count(8_000, 80_000))
	d := &dataset{from: epoch, to: timeOf(len(rows) / 4), sources: []string{"a", "b", "a"},
		metrics: []string{"temp", "hum"}}
	list := d.questions()
	sendFile(n, rows, 1000)
	want := answers(n, list)
	look := s.lookout()
	for i := range 3 {
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		sendFile(n, rows, 300+rng.IntN(1000))
		same(t, fmt.Sprintf("sent %d times", i+2), list, want, answers(n, list))
		if i != 1 {
			look.drained()
			same(t, fmt.Sprintf("compacted after %d times", i+2), list, want, answers(n, list))
		}
	}
}

// corrected is a series of a day whose truth the test keeps.
type corrected struct {
	n     *node
	truth []float64
}

const perDay = 12_342 // readings of timeOf in a day

// put writes some of the truth.
func (c *corrected) put(from, to int) {
	c.n.t.Helper()
	s := series{Source: "s", Metric: "m"}
	for k := from; k < to; k++ {
		s.add(timeOf(k), c.truth[k])
	}
	c.n.write(document(s))
}

// check wants the truth everywhere: readings, latest, and the rollups of hours.
func (c *corrected) check(when string) {
	c.n.t.Helper()
	end := timeOf(len(c.truth))
	got := c.n.readings("s", "m", epoch, end)
	if len(got) != len(c.truth) {
		c.n.t.Fatalf("%s: %d readings, should be %d", when, len(got), len(c.truth))
	}
	hours := map[time.Time][]float64{}
	for i, p := range got {
		if p.Value != c.truth[i] {
			c.n.t.Errorf("%s: reading %d is %v, should be %v", when, i, p.Value, c.truth[i])
		}
		h := p.Time.Truncate(time.Hour)
		hours[h] = append(hours[h], c.truth[i])
	}
	var latest struct{ Latest []struct{ Value float64 } }
	c.n.decode(c.n.get(query("/v1/latest", "source", "s")), &latest)
	if len(latest.Latest) != 1 || latest.Latest[0].Value != c.truth[len(c.truth)-1] {
		c.n.t.Errorf("%s: latest is %+v, should be %v", when, latest, c.truth[len(c.truth)-1])
	}
	c.checkHours(when, hours)
}

func (c *corrected) checkHours(when string, hours map[time.Time][]float64) {
	c.n.t.Helper()
	params := append(spanOf(epoch, timeOf(len(c.truth))), "source", "s", "step", "1h", "fn",
		"min,max,sum,first,last,count")
	var body struct {
		Groups []struct {
			Starts []time.Time
			Values map[string][]float64
		}
	}
	c.n.decode(c.n.get(query("/v1/aggregates", params...)), &body)
	if len(body.Groups) != 1 || len(body.Groups[0].Starts) != len(hours) {
		c.n.t.Fatalf("%s: aggregates have %d groups, should be 1 of %d hours", when, len(body.Groups), len(hours))
	}
	g := body.Groups[0]
	for i, start := range g.Starts {
		values := hours[start]
		want := map[string]float64{"first": values[0], "last": values[len(values)-1], "count": float64(len(values)),
			"min": values[0], "max": values[0]}
		for _, v := range values {
			want["sum"] += v // whole numbers: exact in any order
			want["min"], want["max"] = min(want["min"], v), max(want["max"], v)
		}
		for fn, w := range want {
			if g.Values[fn][i] != w {
				c.n.t.Errorf("%s: %s of %s is %v, should be %v", when, fn, start, g.Values[fn][i], w)
			}
		}
	}
}

// A corrected value replaces the old one everywhere, rollups included: while old and new are in the journal, when one
// is compacted, when both are, and after a restart.
func TestCorrectionReplaces(t *testing.T) {
	t.Parallel()
	rng := seeded(t)
	s := newSite(t)
	c := &corrected{n: s.start(quick(asBoth)...), truth: make([]float64, perDay)}
	for i := range c.truth {
		c.truth[i] = float64(rng.IntN(1000))
	}
	c.put(0, len(c.truth))
	look := s.lookout()
	compacted := func() { look.drained() }
	for round := range 3 {
		for range 20 {
			k := rng.IntN(len(c.truth) - 10)
			for i := k; i < k+10; i++ {
				c.truth[i] = float64(rng.IntN(1000) + 1000*(rng.IntN(3)-1))
			}
			c.put(k, k+10)
		}
		last := len(c.truth) - 1
		c.truth[last] = float64(rng.IntN(1000))
		c.put(last, last+1)
		c.check(fmt.Sprintf("round %d, just corrected", round))
		if round < 2 {
			compacted()
			c.check(fmt.Sprintf("round %d, compacted", round))
		}
	}
	c.n.stop()
	c.n = s.start(quick(asBoth)...)
	c.check("restarted")
	compacted()
	c.check("restarted and compacted")
}
