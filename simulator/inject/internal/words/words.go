// Package words reads and writes the texts of faults: a reader that takes words from the front of a text, names as they
// are printed, and errors that say which word was meant.
package words

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Unknown is the error of a word that is none of those that may stand there. It lists them, and says which was meant
// where one is near.
func Unknown[T ~string](what, word string, known []T) error {
	text := fmt.Sprintf("unknown %s %q; write %s", what, word, One(known))
	if word == "" {
		text = fmt.Sprintf("%s is missing; write %s", what, One(known))
	}
	if near, ok := nearest(word, known); ok {
		text += fmt.Sprintf("; did you mean %s?", near)
	}
	return errors.New(text)
}

// One lists words of which one is wanted.
func One[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i > 0 && i == len(words)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

// nearest is the word that the fewest changes of letters make of what was written, if they are few.
func nearest[T ~string](word string, known []T) (T, bool) {
	var best T
	least := max(2, len(word)/3) + 1
	for _, k := range known {
		if d := distance(strings.ToLower(word), string(k)); d < least && d < len(k) {
			best, least = k, d
		}
	}
	return best, best != ""
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0] // the place above and to the left
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, before+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// Number writes a number in the shortest form that reads back as the same.
func Number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// marks are letters that mean something in a text, so that a value that has one stands in quotes.
const marks = `"():,#`

// Quote writes a value as it is where that can be read back, else as Go writes a string.
func Quote(value string) string {
	if value == "" || strings.ContainsAny(value, marks) || strings.ContainsFunc(value, func(c rune) bool {
		return c == unicode.ReplacementChar || unicode.IsSpace(c) || !unicode.IsPrint(c)
	}) {
		return strconv.Quote(value)
	}
	return value
}
