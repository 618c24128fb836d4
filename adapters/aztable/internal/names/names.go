// Package names says what the tables of a journal are called.
package names

import (
	"crypto/sha256"
	"encoding/base32"

	"tidemark/domain/telemetry"
)

// Journal is the table that has the identity, whichever generation there is.
const Journal = "Journal"

// Of begins the names of the tables of a generation of the journal. "" is that of a journal whose tables are called
// as before generations had a part in it: such a one is always the first of its account.
type Of string

// New is what the tables of a new generation begin with: a letter that no other table begins with, and 26 letters
// and digits, which are different ones for each generation. Table names have 3 to 63 letters and digits, and upper and
// lower case are the same to the service.
func New(generation string) Of {
	sum := sha256.Sum256([]byte(generation))
	return Of("G" + base32.StdEncoding.EncodeToString(sum[:])[:26])
}

// Registry is the table that has the shards and what was expired.
func (n Of) Registry() string {
	if n == "" {
		return Journal
	}
	return string(n) + "S"
}

// Period is the table of a day's streams. false for days that no table can be named after.
func (n Of) Period(d telemetry.Day) (string, bool) {
	t := d.Start()
	if t.Year() < 1 || t.Year() > 9999 {
		return "", false
	}
	return n.Periods() + t.Format("200601"), true
}

// Periods begins the names of the tables of all periods.
func (n Of) Periods() string {
	if n == "" {
		return "J"
	}
	return string(n)
}
