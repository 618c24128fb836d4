package csvreadings

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tidemark/domain/telemetry/internal/decode"
)

// mostUnit is the most bytes of what may follow the digits of a number that somebody wrote with its unit.
const mostUnit = 12

// isAttempt reports whether a cell that is no number was meant to be one: 1,5 or 1 234 or 21.5°C or <0.5. It begins
// with digits, grouped in whatever way, maybe behind a sign, and ends in at most a short word without digits. Dates,
// times of day, addresses and sentences do not.
func isAttempt(cell []byte) bool {
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
	return digits && len(rest) <= mostUnit && !bytes.ContainsAny(rest, "0123456789 ")
}

// notNumber is what is wrong with a cell that is no number, and what to write instead.
func notNumber(cell []byte) string {
	what := decode.Excerpt(cell) + " is no number; "
	if !isAttempt(cell) {
		return what + "leave the cell empty if there is no reading"
	}
	before, after, ok := bytes.Cut(cell, []byte{','})
	if ok && isNumber(bytes.Join([][]byte{before, after}, []byte{'.'})) && len(cell) <= 40 {
		if len(after) == 3 {
			return what + fmt.Sprintf("write %s.%s if it has a decimal comma, or else %s%s", before, after, before,
				after)
		}
		return what + fmt.Sprintf("it has a decimal comma, and decimals have a point: write %s.%s", before, after)
	}
	return what + "write digits and a decimal point alone, as in 1234.5; a unit stands in the header, as in temp (C)"
}
