package inject

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tidemark/simulator/inject/delay"
	"tidemark/simulator/inject/internal/words"
)

// ParseRule takes the text of a rule and validates it. An error names the word and says what may stand in its place.
//
//	RULE      = ACTION {"after" "commit" | "delayed" DELAY} ["if"] {CONDITION | LIMIT}
//	ACTION    = "delay" DELAY | "hold" DELAY | "status" NUMBER [CODE] | "reset" | "hang"
//	            | "throttle" NUMBER "/s" ["burst" NUMBER] ["by" ("account" | "partition")]
//	DELAY     = as delay.Parse takes it
//	CONDITION = KEY "=" VALUE | "not" CONDITION | "(" CONDITION ")"
//	            | CONDITION ["and"] CONDITION | CONDITION "or" CONDITION
//	KEY       = "from" | "to" | "service" | "account" | "operation" | "container" | "table" | "queue" | "partition"
//	LIMIT     = "nth=" NUMBER | "every=" NUMBER | "p=" NUMBER | "times=" NUMBER | "name=" VALUE
//	VALUE     = letters up to the next blank, or a string as Go quotes it
//
// And binds closer than or. table=X is container=X with service=table, and so is queue=X. Lose request is another
// spelling of reset, lose answer of reset after commit, hold request of hold, and hold answer of delay after commit.
func ParseRule(text string) (Rule, error) {
	p := ruleReader{words.Read(text)}
	var r Rule
	err := p.rule(&r)
	if err == nil {
		err = p.End()
	}
	if err != nil {
		return Rule{}, fmt.Errorf("inject: rule %q: %w", strings.TrimSpace(text), err)
	}
	if err := r.Validate(); err != nil {
		return Rule{}, err
	}
	return r, nil
}

// MarshalText is the rule's text.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText takes what ParseRule takes.
func (r *Rule) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRule(string(text))
	return err
}

// ruleReader reads a rule.
type ruleReader struct{ *words.Reader }

func (p ruleReader) rule(r *Rule) (err error) {
	if err := p.action(r); err != nil {
		return err
	}
	if err := p.clauses(r); err != nil {
		return err
	}
	if p.Take(ifWord) && p.Peek() == "" {
		return fmt.Errorf("nothing stands after if; write what the rule matches, or leave it out: %s",
			words.One(keys()))
	}
	c := conditionReader{Reader: p.Reader, other: r.limit}
	r.If, err = c.condition()
	return err
}

func (p ruleReader) clauses(r *Rule) (err error) {
	for {
		switch {
		case p.Take(afterWord):
			if !p.Take(commitWord) {
				return fmt.Errorf("after %q: write after commit", p.Peek())
			}
			if r.After {
				return errors.New("after commit was given before; give it once")
			}
			r.After = true
		case p.Take(delayedWord):
			if r.Delay != nil {
				return errors.New("delayed: a delay was given before; give one")
			}
			if r.Delay, err = delay.Read(p.Reader); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

func (p ruleReader) action(r *Rule) (err error) {
	word := p.Next()
	switch r.Action = Action(word); r.Action {
	case Delay:
		r.Delay, err = delay.Read(p.Reader)
		return err
	case Hold:
		if p.Take(answerWord) {
			r.Action, r.After = Delay, true
		} else {
			p.Take(requestWord)
		}
		r.Delay, err = delay.Read(p.Reader)
		return err
	case loseWord:
		return p.lose(r)
	case Status:
		return p.status(r)
	case Throttle:
		return p.throttle(r)
	case Reset, Hang:
		return nil
	}
	return words.Unknown("action", word, actions)
}

// lose reads what is lost: it is another spelling of reset.
func (p ruleReader) lose(r *Rule) error {
	r.Action = Reset
	switch leg := p.Next(); leg {
	case requestWord:
	case answerWord:
		r.After = true
	default:
		return words.Unknown("what is lost", leg, []string{requestWord, answerWord})
	}
	return nil
}

func (p ruleReader) status(r *Rule) (err error) {
	word := p.Next()
	if r.Status, err = strconv.Atoi(word); err != nil || r.Status == 0 {
		return fmt.Errorf("status %q: give a number from 400 to 599, as in: status 503 ServerBusy", word)
	}
	if word := p.Peek(); word != "" && !notCodes[word] && !strings.ContainsAny(word, "=(") {
		r.Code = p.Next()
	}
	return nil
}

func (p ruleReader) throttle(r *Rule) (err error) {
	word := p.Next()
	rate, ok := strings.CutSuffix(word, "/s")
	if r.PerSecond, err = strconv.ParseFloat(rate, 64); err != nil || !ok {
		return fmt.Errorf("throttle %q: give rows a second, as in: throttle 2000/s", word)
	}
	if p.Take(burstWord) {
		if r.Burst, err = p.Number("burst"); err != nil {
			return err
		}
	}
	if p.Take(byWord) {
		if r.By = By(p.Next()); r.By == "" {
			return words.Unknown("by", "", bys)
		}
	}
	return nil
}

// limit takes a pair that says which of the calls that the rule is for it hurts, or what its name is.
func (r *Rule) limit(key, value string) (bool, error) {
	var err error
	switch key {
	case nameKey:
		r.Name = value
	case pKey:
		if r.Probability, err = strconv.ParseFloat(value, 64); err != nil || r.Probability == 0 {
			err = fmt.Errorf("p=%s: give a probability above 0, at most 1", value)
		}
	case timesKey:
		r.Times, err = count(key, value)
	case nthKey:
		r.Nth, err = count(key, value)
	case everyKey:
		r.Every, err = count(key, value)
	default:
		return false, nil
	}
	return true, err
}

func count(key, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%s=%s: give 1 or more, or leave it out", key, value)
	}
	return n, nil
}
