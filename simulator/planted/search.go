package planted

import (
	"encoding/json"
	"strings"
	"time"
)

// Search is one search.
type Search struct {
	Tree  string // where the sources are
	File  string // of results
	Bugs  []Bug
	Seeds int         // of each range at most
	Most  int         // ranges
	Over  func() bool // asked before each schedule: true ends the search
	Run   func(b *Bug, seed uint64) (found, what string)
	Tell  func(r Result, took time.Duration) // nil: nobody hears
	Now   func() time.Time
}

// few is how many seeds are tried of a bug that no schedule is expected to find.
const few = 10

// Go searches until every bug was found in every range, or the seeds are used up, or it is over. In each round every
// bug that is not found yet gets the next seed of every range, and one run goes without a bug.
func (s *Search) Go() (*Results, error) {
	code, err := Digest(s.Tree)
	if err != nil {
		return nil, err
	}
	results, err := Load(s.File, code)
	if err != nil {
		return nil, err
	}
	out, err := appendTo(s.File)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	write := json.NewEncoder(out)
	for tried := range s.Seeds {
		for rang := range s.Most {
			for _, b := range append([]*Bug{nil}, pointers(s.Bugs)...) {
				last := results.Of(nameOf(b), rang)
				hopeless := b != nil && b.Why != "" && (rang > 0 || tried >= few)
				if last.Tried > tried || b != nil && last.Found != "" || hopeless {
					continue
				}
				if s.Over() {
					return results, nil
				}
				one := s.try(b, code, rang, tried)
				results.add(one)
				if err := write.Encode(one); err != nil {
					return results, err
				}
			}
		}
	}
	return results, nil
}

func (s *Search) try(b *Bug, code string, rang, tried int) Result {
	one := Result{Code: code, Bug: nameOf(b), Range: rang, Tried: tried + 1, Seed: seedOf(rang, tried)}
	began := s.Now()
	one.Found, one.What = s.Run(b, one.Seed)
	if s.Tell != nil {
		s.Tell(one, s.Now().Sub(began))
	}
	return one
}

func nameOf(b *Bug) string {
	if b == nil {
		return Clean
	}
	return b.Name
}

func pointers(bugs []Bug) []*Bug {
	out := make([]*Bug, len(bugs))
	for i := range bugs {
		out[i] = &bugs[i]
	}
	return out
}

// Pick are the bugs whose names contain one of some texts, separated by commas; all of them for "".
func Pick(bugs []Bug, names string) []Bug {
	var out []Bug
	for _, b := range bugs {
		for _, name := range strings.Split(names, ",") {
			if strings.Contains(b.Name, name) {
				out = append(out, b)
				break
			}
		}
	}
	return out
}
