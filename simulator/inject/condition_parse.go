package inject

import (
	"errors"
	"fmt"

	"tidemark/simulator/inject/internal/words"
)

// conditionReader reads a condition, and what else stands among its pairs.
type conditionReader struct {
	*words.Reader
	depth int                                   // of parentheses
	other func(key, value string) (bool, error) // takes a pair that is no condition; false: it is none of its own
}

// condition reads until the end, or until a parenthesis closes. Nil: there was none.
func (r *conditionReader) condition() (Condition, error) {
	all, err := r.conjunction()
	for err == nil && r.Take(orWord) {
		if all == nil {
			return nil, errors.New("nothing stands before or; write a condition there")
		}
		var next Condition
		if next, err = r.conjunction(); err == nil && next == nil {
			return nil, errors.New("nothing stands after or; write a condition there")
		}
		all = Or{all, next}
	}
	return normal(all), err
}

// conjunction reads conditions that have to hold together.
func (r *conditionReader) conjunction() (all Condition, err error) {
	given := map[string]bool{}
	for {
		switch word := r.Peek(); {
		case word == "", word == orWord, r.depth > 0 && word[0] == ')':
			return all, nil
		case r.Take(andWord):
			if next := r.Peek(); all == nil || next == "" || next == orWord || next[0] == ')' {
				return nil, errors.New("and stands between two conditions; one is missing")
			}
		}
		next, err := r.factor(given)
		switch {
		case err != nil:
			return nil, err
		case next == nil: // a pair that is no condition
		case all == nil:
			all = next
		default:
			all = And{all, next}
		}
	}
}

// factor reads one pair, not and what it is about, or what stands in parentheses.
func (r *conditionReader) factor(given map[string]bool) (Condition, error) {
	switch {
	case r.Take(notWord):
		of, err := r.factor(map[string]bool{})
		if err == nil && of == nil {
			err = errors.New("nothing that a call can have stands after not; write a condition there")
		}
		return Not{of}, err
	case r.TakeMark("("):
		return r.group()
	}
	key, ok := r.Key()
	if !ok {
		return nil, words.Unknown("word", r.Peek(), keys())
	}
	ends := ""
	if r.depth > 0 {
		ends = ")"
	}
	value, err := r.Value(key, ends)
	if err != nil {
		return nil, err
	}
	return r.pair(key, value, given)
}

// group reads what stands in parentheses that were opened.
func (r *conditionReader) group() (Condition, error) {
	r.depth++
	of, err := r.condition()
	switch {
	case err != nil:
		return nil, err
	case of == nil:
		return nil, errors.New("nothing stands in the parentheses; write a condition there")
	case !r.TakeMark(")"):
		return nil, errors.New("the parentheses do not end; write ) after what stands in them")
	}
	r.depth--
	return of, nil
}

// pair is what a pair says. Given are the keys of this conjunction.
func (r *conditionReader) pair(key, value string, given map[string]bool) (Condition, error) {
	place := key
	if key == tableService || key == queueService {
		place = containerKey
	}
	if given[place] {
		return nil, fmt.Errorf("%s=%s: %s was given before; give it once", key, value, place)
	}
	given[place] = true
	if taken, err := r.other(key, value); taken || err != nil {
		if err == nil && r.depth > 0 {
			err = fmt.Errorf("%s=%s is about the rule, not about a call; write it outside of the parentheses", key,
				value)
		}
		return nil, err
	}
	return matchOf(key, value)
}

// matchOf is a match of one pair.
func matchOf(key, value string) (Condition, error) {
	var m Match
	if key == tableService || key == queueService {
		m.Service, m.Container = key, value
		return m, nil
	}
	for _, f := range fields {
		if f.key == key {
			*f.of(&m) = value
			return m, nil
		}
	}
	return nil, words.Unknown("key", key, keys())
}

// keys are those of a rule's text.
func keys() []string {
	all := make([]string, 0, len(fields)+7)
	for _, f := range fields {
		all = append(all, f.key)
		if f.key == containerKey {
			all = append(all, tableService, queueService)
		}
	}
	return append(all, pKey, timesKey, nthKey, everyKey, nameKey)
}
