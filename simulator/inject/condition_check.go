package inject

import (
	"fmt"
	"slices"
	"strings"

	"tidemark/simulator/inject/internal/words"
)

// checkCondition says what no call can match, and what has no text.
func checkCondition(c Condition) (errs []error) {
	switch c := c.(type) {
	case nil:
	case Match:
		return c.check()
	case And:
		errs = append(checkCondition(c.Left), checkCondition(c.Right)...)
		var seen Match
		for _, f := range factors(c) {
			m, is := f.(Match)
			if !is {
				continue
			}
			one, err := seen.and(m)
			if err != nil {
				return append(errs, err)
			}
			seen = one
		}
	case Or:
		errs = append(checkSide(orWord, c.Left), checkSide(orWord, c.Right)...)
	case Not:
		errs = checkSide(notWord, c.Of)
	}
	return errs
}

func checkSide(of string, c Condition) []error {
	if normal(c) == nil {
		return []error{fmt.Errorf("a side of %s matches everything; leave the whole out, or say what it matches", of)}
	}
	return checkCondition(c)
}

func (m Match) check() (errs []error) {
	if !slices.ContainsFunc(services, newPattern(m.Service).match) {
		errs = append(errs, words.Unknown(serviceKey, m.Service, services))
	}
	if !slices.ContainsFunc(operations, newPattern(m.Operation).match) && !ofPort(m.Operation) {
		errs = append(errs, words.Unknown("operation", m.Operation, operations))
	}
	return errs
}

// ofPort says whether an operation is one of a port, as journal.append. Their names are the program's.
func ofPort(operation string) bool {
	port, method, ok := strings.Cut(operation, ".")
	return ok && method != "" && slices.Contains(ports, port)
}
