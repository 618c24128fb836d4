// Package numerals reads the numbers of CSV files, whose decimals have a point or a comma, and says of a cell that is
// no number what to write instead.
package numerals

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// MaxUnit is the most bytes of what may follow the digits of a number that somebody wrote with its unit.
const MaxUnit = 12

// IsAttempt reports whether a cell that is no number was meant to be one: 1,5 or 1 234 or 21.5°C or <0.5. It begins
// with digits, grouped in whatever way, maybe behind a sign, and ends in at most a short word without digits. Dates,
// times of day, addresses and sentences do not.
func IsAttempt(cell []byte) bool {
	rest := bytes.TrimLeft(cell, "+-\u2212<>~ ")
	digits := false
	for len(rest) > 0 {
		r, n := utf8.DecodeRune(rest)
		if r-'0' <= 9 && r >= '0' {
			digits = true
		} else if !unicode.IsSpace(r) && !strings.ContainsRune(".,'\u2019_", r) {
			break
		}
		rest = rest[n:]
	}
	if len(rest) > 1 && rest[0]|0x20 == 'e' {
		exponent := bytes.TrimLeft(rest[1:], "+-")
		if after := bytes.TrimLeft(exponent, "0123456789"); len(after) < len(exponent) {
			rest = after
		}
	}
	return digits && len(rest) <= MaxUnit && !bytes.ContainsAny(rest, "0123456789 ")
}

// Style is how numbers are written in a file. The zero value has decimal points.
type Style struct {
	Comma bool // decimals have a comma, not a point
}

// numeral is the bytes that a number usually fits into.
const numeral = 48

// unsigned takes a plus before a number off.
func unsigned(cell []byte) []byte {
	if len(cell) > 1 && cell[0] == '+' && cell[1] != '-' {
		return cell[1:]
	}
	return cell
}

// pointed is a number with a decimal point for its comma, in room if that is needed. ok is false where a point stands
// in it: what it means nobody knows.
func pointed(cell, room []byte) (digits []byte, ok bool) {
	at := bytes.IndexByte(cell, ',')
	switch {
	case bytes.IndexByte(cell, '.') >= 0:
		return nil, false
	case at < 0:
		return cell, true
	}
	digits = append(room, cell...)
	digits[at] = '.'
	return digits, true
}

// float reads a number.
func (n Style) float(cell []byte) (float64, decode.Form) {
	if n.Comma {
		return commaFloat(unsigned(cell))
	}
	return decode.ParseFloat(unsigned(cell))
}

func commaFloat(cell []byte) (float64, decode.Form) {
	var room [numeral]byte
	digits, ok := pointed(cell, room[:0])
	if !ok {
		return 0, decode.NotNumber
	}
	return decode.ParseFloat(digits)
}

// UnixTime reads a number of units.
func (n Style) UnixTime(cell []byte, p readings.Precision) (ns int64, out decode.Outcome) {
	if !n.Comma {
		return decode.UnixTime(cell, p)
	}
	var room [numeral]byte
	digits, ok := pointed(cell, room[:0])
	if !ok {
		return 0, decode.Syntax
	}
	return decode.UnixTime(digits, p)
}

// IsNumber reports whether a cell is a number or a boolean, whatever else may be wrong with it.
func (n Style) IsNumber(cell []byte) bool {
	if _, ok := boolean(cell); ok {
		return true
	}
	_, form := n.float(cell)
	return form != decode.NotNumber
}

// Value reads a value, or says what is wrong with it.
func (n Style) Value(cell []byte) (float64, string) {
	if v, ok := boolean(cell); ok {
		return v, ""
	}
	v, form := n.float(cell)
	switch {
	case form == decode.NotNumber:
		return 0, n.notNumber(cell)
	case math.IsInf(v, 0):
		return 0, decode.Excerpt(cell) + " is too large for a float64"
	case form == decode.Integer && !decode.Exact(unsigned(cell), v):
		return 0, decode.Excerpt(cell) + " is an integer that a float64 does not hold exactly; scale it"
	}
	return v, ""
}

func boolean(cell []byte) (float64, bool) {
	switch string(cell) {
	case "true", "True", "TRUE":
		return 1, true
	case "false", "False", "FALSE":
		return 0, true
	}
	return 0, false
}

// notNumber is what is wrong with a cell that is no number, and what to write instead.
func (n Style) notNumber(cell []byte) string {
	what := decode.Excerpt(cell) + " is no number; "
	mark := "point"
	if n.Comma {
		mark = "comma"
	}
	switch instead := n.instead(cell); {
	case !IsAttempt(cell):
		return what + "leave the cell empty if there is no reading"
	case instead != "":
		return what + instead
	}
	return what + fmt.Sprintf("write digits and a decimal %s alone, as in %s; a unit stands in the header, as in "+
		"temp (C)", mark, map[bool]string{false: "1234.5", true: "1234,5"}[n.Comma])
}

// instead is what to write for a number that is written otherwise than the others of a file may be.
func (n Style) instead(cell []byte) string {
	if len(cell) > 40 {
		return ""
	}
	mine, other, from, to := "point", "comma", ",", "."
	if n.Comma {
		mine, other, from, to = other, mine, to, from
	}
	text := string(cell)
	before, after, ok := strings.Cut(text, from)
	switched := strings.ReplaceAll(text, from, to)
	switch bare, isGrouped := ungrouped(text, from); {
	case !ok:
		return ""
	case isGrouped && (strings.Contains(text, to) || strings.Count(text, from) > 1):
		return n.ifNumber(bare, "marks between thousands are not read: write %s")
	case strings.Contains(text, to):
		bare, _ = ungrouped(text, to)
		return n.ifNumber(strings.ReplaceAll(bare, from, to),
			"marks between thousands are not read, and decimals have "+
				"a "+mine+": write %s")
	case isGrouped:
		return n.ifNumber(switched, fmt.Sprintf("write %%s if it has a decimal %s, or else %s%s%s", other, before,
			after, n.wholeFile()))
	}
	return n.ifNumber(switched, fmt.Sprintf("it has a decimal %s, and decimals have a %s: write %%s%s", other, mine,
		n.wholeFile()))
}

// ifNumber is a text with a number in it, or nothing if it is none.
func (n Style) ifNumber(number, text string) string {
	if !n.IsNumber([]byte(number)) {
		return ""
	}
	return fmt.Sprintf(text, number)
}

// ungrouped is a number without a mark between its thousands; ok is false if the mark stands elsewhere too.
func ungrouped(text, mark string) (bare string, ok bool) {
	groups := strings.Split(text, mark)
	for i, g := range groups[1:] {
		digits := len(g) - len(strings.TrimLeft(g, "0123456789"))
		if digits != 3 || len(g) > 3 && i < len(groups)-2 {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// wholeFile is what to do where all of a file has the other decimal mark: in the words of requests and of import, for
// a node's rejections reach the users of both.
func (n Style) wholeFile() string {
	if n.Comma {
		return "; if all decimals of the file have a point, leave decimal_comma (import: --decimal-comma) out"
	}
	return "; if all decimals of the file have a comma, say so: decimal_comma=true (import: --decimal-comma)"
}
