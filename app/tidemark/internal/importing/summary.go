package importing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tidemark/adapters/httpapi/schema"
	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/files"
)

// summary is what became of a file.
type summary struct {
	records            int
	accepted, rejected int
	examples           []string // the first rejections, with their lines in the file
	skipped            map[skipped]int
	ambiguous          []string // the first records with a local time that may be two
	ambiguousTotal     int
	made               made
	sheet              *files.Sheet // of a CSV file
}

// skipped is a column that was left out.
type skipped struct{ column, why string }

const maxExamples = 5

func newSummary(in *files.File) *summary {
	return &summary{skipped: map[skipped]int{}, sheet: in.Sheet}
}

// next is the next piece of a file, as it is sent. Local times in it that may be two are noted.
func (s *summary) next(in *files.File) (files.Piece, error) {
	p, err := in.Next()
	if err != nil {
		return p, err
	}
	p, first, total := in.Settle(p)
	for _, a := range first {
		s.ambiguity(fmt.Sprintf("line %d", a.Line), a.Time)
	}
	s.ambiguousTotal += total
	return p, nil
}

// add adds what a node wrote of a piece.
func (s *summary) add(p files.Piece, w *schema.Written) {
	s.records += p.Records
	s.accepted += w.Accepted
	s.rejected += w.RejectedTotal
	for _, r := range w.Rejected {
		if len(s.examples) < maxExamples {
			s.examples = append(s.examples, p.Place(r.Index, r.Line)+": "+files.ForFlags(r.Reason))
		}
	}
	for _, a := range w.Ambiguous {
		s.ambiguity(p.Place(0, a.Line), a.Time)
	}
	s.ambiguousTotal += w.AmbiguousTotal
	for _, c := range w.Skipped {
		s.skipped[skipped{c.Column, c.Why}] += c.Cells
	}
}

// ambiguity notes a record with a local time that may be two.
func (s *summary) ambiguity(place, time string) {
	if len(s.ambiguous) < maxExamples {
		s.ambiguous = append(s.ambiguous, place+": "+time)
	}
}

// remark reports whether something of the file is stored that may not be what was meant.
func (s *summary) remark() bool { return s.ambiguousTotal > 0 }

// short reports whether something of the file was not stored that was meant to be.
func (s *summary) short() bool { return s.rejected > 0 || s.textOnly() }

// textOnly is a file with columns of values in which there is no number.
func (s *summary) textOnly() bool { return s.accepted == 0 && s.rejected == 0 && len(s.skipped) > 0 }

func (s *summary) say(e *console.Environment, name string) {
	if s.records == 0 {
		e.Say("%s: no records", name)
		return
	}
	e.Say("%s: %s stored", name, console.Counted(s.accepted, "reading"))
	s.made.say(e, s.sheet)
	s.sayRest(e)
}

// sayRest says what was left out, guessed and not accepted.
func (s *summary) sayRest(e *console.Environment) {
	s.sayColumns(e)
	s.sayTimes(e)
	if s.textOnly() {
		e.Say("  there is no number in it: decimals have a point, and no separators of thousands")
	}
	if s.rejected == 0 {
		return
	}
	e.Say("  %s not accepted:", console.Thousands(s.rejected))
	for _, x := range s.examples {
		e.Say("    %s", x)
	}
	if more := s.rejected - len(s.examples); more > 0 {
		e.Say("    and %s more", console.Thousands(more))
	}
}

// sayColumns names the columns that were left out.
func (s *summary) sayColumns(e *console.Environment) {
	byName := func(a, b skipped) int {
		return cmp.Or(strings.Compare(a.column, b.column), strings.Compare(a.why, b.why))
	}
	var text []string
	for _, c := range slices.SortedFunc(maps.Keys(s.skipped), byName) {
		cells := console.Counted(s.skipped[c], "cell")
		switch c.why {
		case "identity":
			e.Say("  column %q says by its name what a reading is of, and was left out (%s): say what it is with "+
				"--source-column, --label-columns or --value-columns", c.column, cells)
		case "unnamed":
			e.Say("  column %q has no name and was left out (%s)", c.column, cells)
		case "surplus":
			e.Say("  column %q is none of time, source, metric, value and unit and was left out (%s)", c.column, cells)
		case "text field":
			e.Say("  field %q is text, which is no reading, and was left out (%s)", c.column,
				console.Counted(s.skipped[c], "value"))
		case "integer field":
			e.Say("  field %q has integers that a float64 does not hold exactly, which are no readings and were "+
				"left out (%s)", c.column, console.Counted(s.skipped[c], "value"))
		case "tag":
			e.Say("  tag %q is too long for a label, or one of too many: it is a part of the source's name alone (%s)",
				c.column, console.Counted(s.skipped[c], "source"))
		default:
			text = append(text, c.column)
			e.Say("  column %q holds no numbers and was left out (%s)", c.column, cells)
		}
	}
	s.sayRemedy(e, text)
}

// sayRemedy says what to do about columns of text, one of which may say what a reading is of.
func (s *summary) sayRemedy(e *console.Environment, columns []string) {
	if len(columns) == 0 {
		return
	}
	remedy := s.sheet.Apart(columns[0])
	if remedy == "" {
		return
	}
	which := "it"
	if len(columns) > 1 {
		which = fmt.Sprintf("one of them, as %q,", columns[0])
	}
	e.Say("  if %s says what a reading is of, %s; if it says more of a source, %s",
		which, remedy, files.AsFlag("label_columns", columns[0]))
}

// sayTimes names records with a local time that may be two.
func (s *summary) sayTimes(e *console.Environment) {
	if s.ambiguousTotal == 0 {
		return
	}
	e.Say("  warning: %s with a local time that occurs twice, because clocks went back: the order of the records "+
		"does not tell which it is, and the first is taken; write the offset from UTC behind the time to say it:",
		console.Counted(s.ambiguousTotal, "record"))
	for _, x := range s.ambiguous {
		e.Say("    %s", x)
	}
	if more := s.ambiguousTotal - len(s.ambiguous); more > 0 {
		e.Say("    and %s more", console.Thousands(more))
	}
}
