package inject

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ParseRule takes the text of a rule and validates it. An error names the word and says what may stand in its place.
//
//	RULE    = ACTION {"after" "commit" | "delayed" DELAY} ["if"] {KEY "=" VALUE}
//	ACTION  = "delay" DELAY | "hold" DELAY | "status" NUMBER [CODE] | "reset" | "hang" | "throttle" NUMBER "/s" ["burst" NUMBER] ["by" ("account" | "partition")]
//	DELAY   = as ParseDistribution takes it
//	KEY     = "from" | "to" | "service" | "account" | "operation" | "container" | "table" | "queue" | "partition" | "p" | "times" | "name"
//	VALUE   = letters up to the next blank, or a string as Go quotes it
//
// table=X is container=X with service=table, and so is queue=X.
func ParseRule(text string) (Rule, error) {
	p := parser{rest: text}
	var r Rule
	err := p.rule(&r)
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return Rule{}, fmt.Errorf("inject: rule %q: %w", strings.TrimSpace(text), err)
	}
	if err := r.Validate(); err != nil {
		return Rule{}, err
	}
	return r, nil
}

// parser takes words from the front of a text.
type parser struct{ rest string }

// peek is the next word, "" at the end.
func (p *parser) peek() string {
	p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
	if i := strings.IndexFunc(p.rest, unicode.IsSpace); i >= 0 {
		return p.rest[:i]
	}
	return p.rest
}

func (p *parser) next() string {
	word := p.peek()
	p.rest = p.rest[len(word):]
	return word
}

// take takes the next word if it is that one.
func (p *parser) take(word string) bool {
	if p.peek() != word {
		return false
	}
	p.next()
	return true
}

func (p *parser) end() error {
	if word := p.peek(); word != "" {
		return fmt.Errorf("%q is too much; the text ends before it", word)
	}
	return nil
}

func (p *parser) rule(r *Rule) error {
	if err := p.action(r); err != nil {
		return err
	}
	if err := p.clauses(r); err != nil {
		return err
	}
	if p.take(ifWord) && p.peek() == "" {
		return fmt.Errorf("nothing stands after if; write what the rule matches, or leave it out: %s", one(keys()))
	}
	return p.pairs(r)
}

func (p *parser) clauses(r *Rule) (err error) {
	for {
		switch {
		case p.take(afterWord):
			if !p.take(commitWord) {
				return fmt.Errorf("after %q: write after commit", p.peek())
			}
			if r.After {
				return errors.New("after commit was given before; give it once")
			}
			r.After = true
		case p.take(delayedWord):
			if r.Delay != nil {
				return errors.New("delayed: a delay was given before; give one")
			}
			if r.Delay, err = p.distribution(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

func (p *parser) action(r *Rule) (err error) {
	word := p.next()
	switch r.Action = Action(word); r.Action {
	case Delay, Hold:
		r.Delay, err = p.distribution()
		return err
	case Status:
		return p.status(r)
	case Throttle:
		return p.throttle(r)
	case Reset, Hang:
		return nil
	}
	return unknown("action", word, actions)
}

func (p *parser) status(r *Rule) (err error) {
	word := p.next()
	if r.Status, err = strconv.Atoi(word); err != nil || r.Status == 0 {
		return fmt.Errorf("status %q: give a number from 400 to 599, as in: status 503 ServerBusy", word)
	}
	if word := p.peek(); word != "" && word != afterWord && word != delayedWord && word != ifWord &&
		!strings.Contains(word, "=") {
		r.Code = p.next()
	}
	return nil
}

func (p *parser) throttle(r *Rule) (err error) {
	word := p.next()
	rate, ok := strings.CutSuffix(word, "/s")
	if r.PerSecond, err = strconv.ParseFloat(rate, 64); err != nil || !ok {
		return fmt.Errorf("throttle %q: give rows a second, as in: throttle 2000/s", word)
	}
	if p.take(burstWord) {
		if r.Burst, err = p.number("burst"); err != nil {
			return err
		}
	}
	if p.take(byWord) {
		if r.By = By(p.next()); r.By == "" {
			return unknown("by", "", bys)
		}
	}
	return nil
}

func (p *parser) number(what string) (float64, error) {
	word := p.next()
	f, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return 0, fmt.Errorf("%s %q: give a number", what, word)
	}
	return f, nil
}

func (p *parser) time(what string) (time.Duration, error) {
	word := p.next()
	d, err := time.ParseDuration(word)
	if err != nil {
		return 0, fmt.Errorf("%s %q: give a time with its unit, as 20ms or 1.5s", what, word)
	}
	return d, nil
}

// pairs reads what the rule matches and how often it holds.
func (p *parser) pairs(r *Rule) error {
	seen := map[string]bool{}
	for p.peek() != "" {
		key, _, ok := strings.Cut(p.peek(), "=")
		if !ok {
			return unknown("word", key, keys())
		}
		p.rest = p.rest[len(key)+1:]
		value, err := p.value(key)
		if err != nil {
			return err
		}
		place := key
		if key == tableService || key == queueService {
			place = containerKey
		}
		if seen[place] {
			return fmt.Errorf("%s=%s: %s was given before; give it once", key, value, place)
		}
		seen[place] = true
		if err := r.set(key, value); err != nil {
			return err
		}
	}
	return nil
}

// value reads what stands after "=": up to the next blank, or in quotes.
func (p *parser) value(key string) (string, error) {
	var value string
	if strings.HasPrefix(p.rest, `"`) {
		quoted, err := strconv.QuotedPrefix(p.rest)
		if err != nil {
			return "", fmt.Errorf("%s=%s: the quotes do not end", key, p.rest)
		}
		value, _ = strconv.Unquote(quoted) // QuotedPrefix has checked it
		p.rest = p.rest[len(quoted):]
		if !p.blank() {
			return "", fmt.Errorf("%s=%s: a blank is missing after the quotes", key, quoted)
		}
	} else if !p.blank() {
		value = p.next()
	}
	if value == "" {
		return "", fmt.Errorf("%s= has no value; give one, or leave %s out", key, key)
	}
	return value, nil
}

// blank reports whether a word ends here.
func (p *parser) blank() bool {
	return p.rest == "" || strings.IndexFunc(p.rest, unicode.IsSpace) == 0
}

// set gives the rule what stands in a pair.
func (r *Rule) set(key, value string) (err error) {
	switch key {
	case nameKey:
		r.Name = value
		return nil
	case pKey:
		if r.Probability, err = strconv.ParseFloat(value, 64); err != nil || r.Probability == 0 {
			return fmt.Errorf("p=%s: give a probability above 0, at most 1", value)
		}
		return nil
	case timesKey:
		if r.Times, err = strconv.Atoi(value); err != nil || r.Times == 0 {
			return fmt.Errorf("times=%s: give 1 or more, or leave it out for no bound", value)
		}
		return nil
	case tableService, queueService:
		r.Container, key, value = value, serviceKey, key
	}
	if key == serviceKey && r.Service != "" && r.Service != value {
		return fmt.Errorf("service %s and service %s: they never meet; give one", r.Service, value)
	}
	for _, f := range fields {
		if f.key == key {
			*f.of(r) = value
			return nil
		}
	}
	return unknown("key", key, keys())
}
