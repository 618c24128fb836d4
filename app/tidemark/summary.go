package main

import (
	"fmt"
	"maps"
	"slices"

	"tidemark/adapters/httpapi"
)

// summary is what became of a file.
type summary struct {
	records            int
	accepted, rejected int
	examples           []string // the first rejections, with their lines in the file
	skipped            map[string]int
}

const maxExamples = 5

func (s *summary) add(p piece, w *httpapi.Written) {
	s.records += p.records
	s.accepted += w.Accepted
	s.rejected += w.RejectedTotal
	for _, r := range w.Rejected {
		if len(s.examples) < maxExamples {
			s.examples = append(s.examples, p.place(r)+": "+r.Reason)
		}
	}
	for _, c := range w.Skipped {
		s.skipped[c.Column] += c.Cells
	}
}

// short reports whether something of the file was not stored that was meant to be.
func (s *summary) short() bool { return s.rejected > 0 || s.textOnly() }

// textOnly is a file with columns of values in which there is no number.
func (s *summary) textOnly() bool { return s.accepted == 0 && s.rejected == 0 && len(s.skipped) > 0 }

func (s *summary) say(e *environment, name string) {
	if s.records == 0 {
		e.say("%s: no records", name)
		return
	}
	e.say("%s: %s stored", name, counted(s.accepted, "reading"))
	for _, column := range slices.Sorted(maps.Keys(s.skipped)) {
		e.say("  column %q holds no numbers and was left out (%s)", column, counted(s.skipped[column], "cell"))
	}
	if s.textOnly() {
		e.say("  there is no number in it: decimals have a point, and no separators of thousands")
	}
	if s.rejected == 0 {
		return
	}
	e.say("  %s not accepted:", thousands(s.rejected))
	for _, x := range s.examples {
		e.say("    %s", x)
	}
	if more := s.rejected - len(s.examples); more > 0 {
		e.say("    and %s more", thousands(more))
	}
}

// counted is "1 reading" or "26,277 readings".
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return thousands(n) + " " + what
}

// thousands writes 26277 as 26,277.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
