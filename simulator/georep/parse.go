package georep

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// forms says how each lag is written.
var forms = map[string]string{
	"none":       "none",
	"constant":   "constant 5s",
	"uniform":    "uniform 1s 30s",
	"log-normal": "log-normal median 3s sigma 0.8 [max 15m]",
	"pareto":     "pareto min 1s alpha 1.5 [max 15m]",
	"bursts":     "bursts every 60s for 20s lag 30s else 1s",
	"trace":      "trace [linear] [every 90s] 0s:1s 10s:30s 60s:2s",
}

const allForms = `none, constant 5s, uniform 1s 30s, log-normal median 3s sigma 0.8, pareto min 1s alpha 1.5 max ` +
	`15m, bursts every 60s for 20s lag 30s else 1s or trace 0s:1s 10s:30s 60s:2s`

// ParseLag reads a lag as its String writes it:
//
//	none
//	constant 5s
//	uniform 1s 30s                              least and greatest
//	log-normal median 3s sigma 0.8 [max 15m]
//	pareto min 1s alpha 1.5 [max 15m]
//	bursts every 60s for 20s lag 30s else 1s    by time of commit: the first 20s of every 60s
//	trace [linear] [every 90s] 0s:1s 10s:30s    by time of commit: from each time on that lag, or on the line between two
//
// Bursts and traces count from when the account took the lag. Without every the last lag of a trace stays. An error
// quotes the text and says what to write instead.
func ParseLag(text string) (Lag, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil, fmt.Errorf("lag %q: it is empty: write %s", text, allForms)
	}
	p := &parser{text: text, kind: words[0], words: words[1:]}
	if forms[p.kind] == "" {
		return nil, fmt.Errorf("lag %q: there is no lag %q: write %s", text, p.kind, allForms)
	}
	l := p.lag()
	if p.err == nil && len(p.words) > 0 {
		p.fail("%q is too much", p.words[0])
	}
	if p.err != nil {
		return nil, p.err
	}
	return l, nil
}

// parser takes a lag's words one by one; after the first error it takes nothing more.
type parser struct {
	text, kind string
	words      []string
	err        error
}

func (p *parser) lag() Lag {
	switch p.kind {
	case "constant":
		return constant{lag: p.duration("the lag")}
	case "uniform":
		l := uniform{least: p.duration("the least"), greatest: p.duration("the greatest")}
		if p.err == nil && l.least > l.greatest {
			p.fail("the least, %s, is over the greatest, %s", short(l.least), short(l.greatest))
		}
		return l
	case "log-normal":
		l := logNormal{median: p.named("median"), sigma: p.number("sigma"), most: p.most()}
		p.under("the median", l.median, l.most)
		return l
	case "pareto":
		l := pareto{least: p.named("min"), alpha: p.number("alpha"), most: p.most()}
		p.under("the min", l.least, l.most)
		if p.err == nil && l.alpha == 0 {
			p.fail("alpha has to be above 0")
		}
		return l
	case "bursts":
		l := bursts{every: p.named("every"), length: p.named("for"), in: p.named("lag"), out: p.named("else")}
		if p.err == nil && (l.every == 0 || l.length > l.every) {
			p.fail("bursts of %s do not fit into every %s", short(l.length), short(l.every))
		}
		return l
	case "trace":
		return p.trace()
	}
	return none{}
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("lag %q: %s: write it as %q", p.text, fmt.Sprintf(format, args...), forms[p.kind])
	}
}

// next takes a word; "" after the end or an error.
func (p *parser) next(what string) string {
	if p.err == nil && len(p.words) == 0 {
		p.fail("%s is missing", what)
	}
	if p.err != nil {
		return ""
	}
	word := p.words[0]
	p.words = p.words[1:]
	return word
}

func (p *parser) keyword(word string) {
	if got := p.next(fmt.Sprintf("%q", word)); p.err == nil && got != word {
		p.fail("%q stands where %q belongs", got, word)
	}
}

func (p *parser) duration(what string) time.Duration {
	return p.durationOf(what, p.next(what))
}

func (p *parser) durationOf(what, word string) time.Duration {
	if p.err != nil {
		return 0
	}
	d, err := time.ParseDuration(word)
	if err != nil {
		p.fail("%s, %q, is not a duration like 1m30s", what, word)
		return 0
	}
	if d < 0 {
		p.fail("%s, %s, is below 0s: nothing arrives before it was sent", what, word)
		return 0
	}
	return d
}

func (p *parser) named(word string) time.Duration {
	p.keyword(word)
	return p.duration(word)
}

// number takes a named number that is finite and not below zero.
func (p *parser) number(name string) float64 {
	p.keyword(name)
	word := p.next(name)
	if p.err != nil {
		return 0
	}
	x, err := strconv.ParseFloat(word, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
		p.fail("%s, %q, is not a number from 0 on", name, word)
		return 0
	}
	return math.Abs(x) // -0 prints differently
}

// most takes the bound that may stand at the end; 0 is none.
func (p *parser) most() time.Duration {
	if p.err != nil || len(p.words) == 0 {
		return 0
	}
	d := p.named("max")
	if p.err == nil && d == 0 {
		p.fail("max has to be above 0s")
	}
	return d
}

func (p *parser) under(what string, d, most time.Duration) {
	if p.err == nil && most > 0 && d > most {
		p.fail("%s, %s, is over the max, %s", what, short(d), short(most))
	}
}

func (p *parser) trace() Lag {
	var l trace
	if len(p.words) > 0 && p.words[0] == "linear" {
		l.linear = true
		p.words = p.words[1:]
	}
	every := len(p.words) > 0 && p.words[0] == "every"
	if every {
		l.every = p.named("every")
	}
	if p.err == nil && len(p.words) == 0 {
		p.fail("the points are missing")
	}
	for p.err == nil && len(p.words) > 0 {
		word := p.next("a point")
		at, lag, ok := strings.Cut(word, ":")
		if !ok {
			p.fail("%q is not a point like 10s:30s", word)
		}
		l.points = append(l.points, point{at: p.durationOf("a time", at), lag: p.durationOf("a lag", lag)})
	}
	if p.err == nil && (every || l.every > 0) && l.every <= l.points[len(l.points)-1].at {
		p.fail("every %s is not after the last point", short(l.every))
	}
	if err := rising(l.points); p.err == nil && err != nil {
		p.fail("%s", err)
	}
	return l
}
