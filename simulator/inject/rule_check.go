package inject

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"tidemark/simulator/inject/delay"
	"tidemark/simulator/inject/internal/words"
)

// Validate says everything that is wrong with the rule, and what to write instead.
func (r Rule) Validate() error {
	errs := slices.Concat(r.checkAction(), r.checkThrottle(), checkCondition(r.If), r.checkDraw())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("inject: rule %q: %w", r.String(), err)
	}
	return nil
}

func (r Rule) checkAction() (errs []error) {
	if !slices.Contains(actions, r.Action) {
		errs = append(errs, words.Unknown("action", string(r.Action), actions))
	}
	if r.Delay != nil {
		if err := delay.Check(r.Delay); err != nil {
			errs = append(errs, err)
		}
	} else if r.Action.TakesTime() {
		errs = append(errs, fmt.Errorf("%s without a distribution; write as in: %s constant 50ms", r.Action, r.Action))
	}
	if r.Action == Hold && r.After {
		errs = append(errs, errors.New("hold after commit: an answer has no sender that dies; write delay for hold"))
	}
	switch {
	case r.Action == Status && (r.Status < 400 || r.Status > 599):
		errs = append(errs, fmt.Errorf("status %d is no error; give one from 400 to 599, as in: status 503 ServerBusy",
			r.Status))
	case r.Action != Status && (r.Status != 0 || r.Code != ""):
		errs = append(errs, fmt.Errorf("status %d and code %q belong to the action status, not to %s", r.Status, r.Code,
			r.Action))
	}
	if strings.ContainsFunc(r.Code, func(c rune) bool { return !isLetter(c) }) || notCodes[r.Code] {
		errs = append(errs, fmt.Errorf("code %q: use letters and digits only, as in ServerBusy", r.Code))
	}
	return errs
}

func isLetter(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func (r Rule) checkThrottle() (errs []error) {
	if r.Action != Throttle {
		if r.PerSecond != 0 || r.Burst != 0 || r.By != "" {
			errs = append(errs, fmt.Errorf("a rate, a burst and by belong to the action throttle, not to %s", r.Action))
		}
		return errs
	}
	if !(r.PerSecond > 0) || math.IsInf(r.PerSecond, 0) {
		errs = append(errs, fmt.Errorf("throttle at %v/s: give a rate above 0, in rows a second, as in: throttle "+
			"2000/s",
			r.PerSecond))
	}
	if !(r.Burst >= 0) || math.IsInf(r.Burst, 0) {
		errs = append(errs, fmt.Errorf("burst %v: give the rows that a full bucket holds, 0 or more", r.Burst))
	}
	if r.By != "" && !slices.Contains(bys, r.By) {
		errs = append(errs, words.Unknown("by", string(r.By), bys))
	}
	if r.After {
		errs = append(errs, errors.New("throttle after commit: a throttled call does not reach the storage; leave "+
			"out after commit"))
	}
	return errs
}

func (r Rule) checkDraw() (errs []error) {
	if !(r.Probability >= 0 && r.Probability <= 1) {
		errs = append(errs, fmt.Errorf("p=%v: a probability is from 0 to 1", r.Probability))
	}
	for _, n := range []struct {
		key string
		is  int
	}{{timesKey, r.Times}, {nthKey, r.Nth}, {everyKey, r.Every}} {
		if n.is < 0 {
			errs = append(errs, fmt.Errorf("%s=%d: give 1 or more, or leave it out", n.key, n.is))
		}
	}
	return errs
}
