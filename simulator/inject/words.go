package inject

import (
	"errors"
	"fmt"
	"strings"
)

// keys are those of a rule's text.
func keys() []string {
	all := make([]string, 0, len(fields)+5)
	for _, f := range fields {
		all = append(all, f.key)
		if f.key == containerKey {
			all = append(all, tableService, queueService)
		}
	}
	return append(all, pKey, timesKey, nameKey)
}

// unknown is the error of a word that is none of those that may stand there.
func unknown[T ~string](what, word string, known []T) error {
	text := fmt.Sprintf("unknown %s %q; write %s", what, word, one(known))
	if word == "" {
		text = fmt.Sprintf("%s is missing; write %s", what, one(known))
	}
	if near, ok := nearest(word, known); ok {
		text += fmt.Sprintf("; did you mean %s?", near)
	}
	return errors.New(text)
}

// one lists words of which one is wanted.
func one[T ~string](words []T) string {
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
