package planted

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Ranges is how many disjoint ranges of seeds a bug is searched in, and apart how far they begin from one another.
const (
	Ranges = 5
	apart  = 1_000_000
)

// seedOf is a seed of a range: tried 0 is its first.
func seedOf(rang, tried int) uint64 { return uint64(rang*apart + tried + 1) }

// Result is one schedule that was tried.
type Result struct {
	Code  string `json:"code"`            // the digest of the code that ran
	Bug   string `json:"bug"`             // its name, or Clean
	Range int    `json:"range"`           // of seeds
	Tried int    `json:"tried"`           // how many seeds of the range were, with this one
	Seed  uint64 `json:"seed"`            // of this one
	Found string `json:"found,omitempty"` // who found something, as Run says it
	What  string `json:"what,omitempty"`  // a sentence
}

// Results are the latest of each bug and range, and all alarms without a bug.
type Results struct {
	latest map[key]Result
	Alarms []Result
}

type key struct {
	bug  string
	rang int
}

// Of is the latest result of a bug in a range; the zero value if there is none.
func (r *Results) Of(bug string, rang int) Result { return r.latest[key{bug, rang}] }

func (r *Results) add(one Result) {
	if r.latest == nil {
		r.latest = map[key]Result{}
	}
	r.latest[key{one.Bug, one.Range}] = one
	if one.Bug == Clean && one.Found != "" {
		r.Alarms = append(r.Alarms, one)
	}
}

// Load reads the results of some code from a file, or of any if code is "". A file that is not there has none; a last
// line that was torn counts for nothing.
func Load(file, code string) (*Results, error) {
	r := &Results{}
	in, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	defer in.Close()
	for lines := bufio.NewReader(in); ; {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		var one Result
		if err := json.Unmarshal(text, &one); err != nil {
			return r, fmt.Errorf("%s: %w", file, err)
		}
		if code == "" || one.Code == code {
			r.add(one)
		}
	}
}

// appendTo opens a file of results behind its last whole line, or makes it.
func appendTo(file string) (*os.File, error) {
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	if err := out.Truncate(int64(bytes.LastIndexByte(text, '\n') + 1)); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return out, nil
}

// Save writes the latest results alone, in an order of their own.
func (r *Results) Save(file string) error {
	all := slices.Clone(r.Alarms)
	for k, one := range r.latest {
		if k.bug != Clean || one.Found == "" {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.Bug, b.Bug), cmp.Compare(a.Range, b.Range), cmp.Compare(a.Tried, b.Tried))
	})
	var out bytes.Buffer
	write := json.NewEncoder(&out)
	for _, one := range all {
		if err := write.Encode(one); err != nil {
			return err
		}
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// Digest is that of all code that schedules run: the sources under some folders of the tree, without tests.
func Digest(tree string) (string, error) {
	sum := sha256.New()
	for _, folder := range []string{"domain", "ports", "adapters/memory", "simulator"} {
		err := filepath.WalkDir(filepath.Join(tree, folder), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			case slices.Contains([]string{"page.go", "results.go", "search.go"}, d.Name()): // they change no schedule
				return nil
			}
			text, err := os.ReadFile(path)
			_, _ = fmt.Fprintf(sum, "%s %d\n", filepath.ToSlash(strings.TrimPrefix(path, tree)), len(text))
			_, _ = sum.Write(text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), nil
}
