package words

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Reader takes words, which blanks part, from the front of a text.
type Reader struct{ rest string }

// Read reads a text.
func Read(text string) *Reader { return &Reader{rest: text} }

// Rest is what was not taken.
func (r *Reader) Rest() string { return r.rest }

// Peek is the next word, "" at the end.
func (r *Reader) Peek() string {
	r.rest = strings.TrimLeftFunc(r.rest, unicode.IsSpace)
	if i := strings.IndexFunc(r.rest, unicode.IsSpace); i >= 0 {
		return r.rest[:i]
	}
	return r.rest
}

// Next takes the next word.
func (r *Reader) Next() string {
	word := r.Peek()
	r.rest = r.rest[len(word):]
	return word
}

// Take takes the next word if it is that one.
func (r *Reader) Take(word string) bool {
	if r.Peek() != word {
		return false
	}
	r.Next()
	return true
}

// TakeMark takes a mark, as a parenthesis, with which the next word begins.
func (r *Reader) TakeMark(mark string) bool {
	if !strings.HasPrefix(r.Peek(), mark) {
		return false
	}
	r.rest = r.rest[len(mark):]
	return true
}

// End is an error unless everything was taken.
func (r *Reader) End() error {
	if word := r.Peek(); word != "" {
		return fmt.Errorf("%q is too much; the text ends before it", word)
	}
	return nil
}

// Number takes a number.
func (r *Reader) Number(what string) (float64, error) {
	word := r.Next()
	f, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return 0, fmt.Errorf("%s %q: give a number", what, word)
	}
	return f, nil
}

// Time takes a duration with its unit.
func (r *Reader) Time(what string) (time.Duration, error) {
	word := r.Next()
	d, err := time.ParseDuration(word)
	if err != nil {
		return 0, fmt.Errorf("%s %q: give a time with its unit, as 20ms or 1.5s", what, word)
	}
	return d, nil
}

// Key takes the key of a pair, as in from=east, and its "=". False: the next word is no pair, and was not taken.
func (r *Reader) Key() (string, bool) {
	key, _, ok := strings.Cut(r.Peek(), "=")
	if !ok {
		return "", false
	}
	r.rest = r.rest[len(key)+1:]
	return key, true
}

// Value takes what stands after a key: up to the next blank or one of the marks that end it here, or a string in
// quotes.
func (r *Reader) Value(key, ends string) (string, error) {
	value, err := r.name(ends)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s=%s: %w", key, value, err)
	case value == "":
		return "", fmt.Errorf("%s= has no value; give one, or leave %s out", key, key)
	}
	return value, nil
}

// Name takes a name, as Value does.
func (r *Reader) Name(what, ends string) (string, error) {
	r.Peek()
	value, err := r.name(ends)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s %s: %w", what, value, err)
	case value == "":
		return "", fmt.Errorf("the name of the %s is missing; write it here", what)
	}
	return value, nil
}

// name takes a name; with an error it is as far as it was read.
func (r *Reader) name(ends string) (string, error) {
	if strings.HasPrefix(r.rest, `"`) {
		quoted, err := strconv.QuotedPrefix(r.rest)
		if err != nil {
			return r.rest, errors.New("the quotes do not end")
		}
		value, _ := strconv.Unquote(quoted) // QuotedPrefix has checked it
		r.rest = r.rest[len(quoted):]
		if !r.ended(ends) {
			return quoted, errors.New("a blank is missing after the quotes")
		}
		return value, nil
	}
	i := strings.IndexFunc(r.rest, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(ends, c) })
	if i < 0 {
		i = len(r.rest)
	}
	value := r.rest[:i]
	r.rest = r.rest[i:]
	return value, nil
}

// ended reports whether a value ends here.
func (r *Reader) ended(ends string) bool {
	return r.rest == "" || strings.IndexFunc(r.rest, unicode.IsSpace) == 0 ||
		strings.ContainsRune(ends, rune(r.rest[0]))
}
