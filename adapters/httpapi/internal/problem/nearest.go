package problem

import (
	"fmt"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// QueryNames are the parameters of an operation's query string, sorted.
func QueryNames(op *huma.Operation) (names []string) {
	for _, p := range op.Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Unknown refuses the name of something that is not there, and says what to write: the known name that was probably
// meant, and all of them.
func Unknown(what, name string, known []string) string {
	text := fmt.Sprintf("there is no %s %.40q: ", what, name)
	all := strings.Join(known, ", ")
	switch near := nearest(name, known); {
	case len(known) == 0:
		return text + "leave it out, here there are none"
	case near != "":
		return text + fmt.Sprintf("did you mean %s? There are %s", near, all)
	}
	return text + "leave it out, or write one of " + all
}

// mostCompared is the longest name that is compared with others: it is the client's.
const mostCompared = 64

// nearest is the known name that was probably meant: at most a third of its letters are others, or one of a short
// name. "" is none. (The simulator's topology has the like; neither half of the program may know the other.)
func nearest(name string, known []string) string {
	if len(name) > mostCompared {
		return ""
	}
	best, least := "", min(max(1, len(name)/3)+1, len(name))
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters are to be put in, taken out, changed, or swapped with the next (optimal string
// alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			rows[i][j] = min(change, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
