package telemetry

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Naming is the rule by which a set of labels becomes a source, wherever readings come with labels and without a
// source: the tags of line protocol, the label sets of Prometheus, the attributes of OpenTelemetry. The names it
// makes are stored: they are frozen.
//
// The value of the first label of By that the set has, and that is not empty, begins the name. Every other label
// follows as name=value, in the order of the names, with commas between them, but for those of LabelOnly. With By
// host and LabelOnly rack:
//
//	host=e                  e
//	host=e,cpu=cpu0         e,cpu=cpu0
//	host=e,cpu=cpu0,rack=7  e,cpu=cpu0
//	cpu=cpu0,rack=7         cpu=cpu0
//
// A set of which nothing is left has the name that the caller gives otherwise. A comma, an equals sign and a
// backslash inside of a name or a value get a backslash before them. So two sets have the same source only if what
// tells them apart from others is the same: they differ in labels of LabelOnly alone, or in which label of By, or
// otherwise, gave the same name.
//
// A name that would be longer than MaxNameUnits is cut after at most 128 units, and a comma, a tilde and 32
// hexadecimal digits follow: the first half of the SHA-256 of the whole name. No other name ends so, because behind a
// comma there is an equals sign. Among a thousand million such names two are the same with a probability of 10^-21.
type Naming struct {
	// By are the labels that name a source, in the order in which they are looked for.
	By []string
	// LabelOnly are labels that describe a source and do not tell it apart. EveryLabel stands for all but the name,
	// where a set has one.
	LabelOnly []string
}

// EveryLabel in Naming.LabelOnly lets the name alone tell sources apart.
const EveryLabel = "*"

// Check reports what keeps the rule from being one: names that no label has, or that are given twice or for two
// things.
func (n Naming) Check() error {
	seen := map[string]bool{}
	for _, name := range slices.Concat(n.By, n.LabelOnly) {
		if err := checkText("name of a tag", name, 1, MaxLabelNameUnits); err != nil {
			return err
		}
		if seen[name] {
			return fmt.Errorf("tag %q is named twice; a tag names the source, or is a label only, or neither", name)
		}
		seen[name] = true
	}
	if slices.Contains(n.By, EveryLabel) {
		return fmt.Errorf("%q names no source; name the tag that does", EveryLabel)
	}
	return nil
}

// Source is the source of a set, which has no name twice and comes in any order. It may still be no name by
// CheckName: where a label has control characters, or where there is nothing at all.
func (n Naming) Source(set []Label, otherwise string) Source {
	return Source(n.AppendSource(nil, set, otherwise))
}

// AppendSource appends what Source gives.
func (n Naming) AppendSource(dst []byte, set []Label, otherwise string) []byte {
	set = inOrder(set)
	by := n.named(set)
	start := len(dst)
	if by >= 0 {
		dst = appendEscaped(dst, set[by].Value)
	}
	for i, l := range set {
		if i == by || n.labelOnly(l.Name, by >= 0) {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(appendEscaped(dst, l.Name), '=')
		dst = appendEscaped(dst, l.Value)
	}
	if len(dst) == start {
		dst = appendEscaped(dst, otherwise)
	}
	if name := dst[start:]; units(name) > MaxNameUnits {
		return appendShort(dst[:start], name)
	}
	return dst
}

// Labels are the labels that the source of a set has, sorted by name: all of the set, but for what is over a bound,
// which is left. Of more than MaxLabels the one that named the source and the first by name are kept. What is kept
// may be the set itself.
func (n Naming) Labels(set []Label) (kept, left []Label) {
	set = inOrder(set)
	if len(set) <= MaxLabels && !slices.ContainsFunc(set, tooLong) {
		return set, nil
	}
	by := n.named(set)
	room := MaxLabels
	if by >= 0 && !tooLong(set[by]) {
		room--
	}
	for i, l := range set {
		switch {
		case tooLong(l) || i != by && room == 0:
			left = append(left, l)
			continue
		case i != by:
			room--
		}
		kept = append(kept, l)
	}
	return kept, left
}

// named is the index of the label that names the source, or -1.
func (n Naming) named(set []Label) int {
	for _, name := range n.By {
		i, ok := slices.BinarySearchFunc(set, name, func(l Label, name string) int { return cmp.Compare(l.Name, name) })
		if ok && set[i].Value != "" {
			return i
		}
	}
	return -1
}

func (n Naming) labelOnly(name string, named bool) bool {
	return slices.ContainsFunc(n.LabelOnly, func(l string) bool { return l == name || named && l == EveryLabel })
}

// inOrder is the set sorted by name; what is given stays as it is.
func inOrder(set []Label) []Label {
	byName := func(a, b Label) int { return cmp.Compare(a.Name, b.Name) }
	if slices.IsSortedFunc(set, byName) {
		return set
	}
	return slices.SortedFunc(slices.Values(set), byName)
}

func tooLong(l Label) bool {
	return units(l.Name) > MaxLabelNameUnits || units(l.Value) > MaxLabelValueUnits
}

// readableUnits is how much of a long name stays readable.
const readableUnits = 128

// appendShort appends the short form of a name that is too long; dst may be what begins the name.
func appendShort(dst, name []byte) []byte {
	sum := sha256.Sum256(name)
	end, n := 0, 0
	for end < len(name) {
		r, size := utf8.DecodeRune(name[end:])
		if n += runeUnits(r); n > readableUnits {
			break
		}
		end += size
	}
	dst = append(dst, bytes.TrimRight(name[:end], `\`)...) // a backslash would escape the comma
	return hex.AppendEncode(append(dst, ",~"...), sum[:len(sum)/2])
}

// units is the number of UTF-16 units.
func units[T string | []byte](s T) int {
	n := 0
	for _, r := range string(s) {
		n += runeUnits(r)
	}
	return n
}

func runeUnits(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

func appendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		if s[i] == ',' || s[i] == '=' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return dst
}
