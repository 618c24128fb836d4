package csvreadings

import (
	"slices"
	"strings"
	"unicode"
)

// timeNames are the names of a column of times, best first.
var timeNames = []string{"timestamp", "datetime", "date_time", "date time", "time", "date"}

// otherNames are the other names that mean something; metric, value and unit do in the long form only.
var otherNames = []string{"source", "metric", "value", "unit"}

// things are what measures or is measured at: a column that is called so, or by one of them with one of thingEndings,
// most likely says what a reading is of.
var things = []string{"source", "sensor", "device", "station", "host", "hostname", "node", "entity", "machine",
	"location", "room", "site"}

// parts are things of which the bare name may as well be what is measured.
var parts = []string{"meter", "probe", "logger", "gateway", "channel", "zone", "asset"}

var thingEndings = []string{"id", "name", "no", "nr", "number", "serial"}

// plain are names of columns that say what something is without saying what.
var plain = []string{"id", "name", "friendlyname", "serial", "serialnumber", "uuid"}

// namesThing reports whether a column most likely says what a reading is of, by its name.
func namesThing(name string) bool {
	word := bare(name)
	if slices.Contains(things, word) || slices.Contains(plain, word) {
		return true
	}
	for _, ending := range thingEndings {
		thing, ok := strings.CutSuffix(word, ending)
		if ok && (slices.Contains(things, thing) || slices.Contains(parts, thing)) {
			return true
		}
	}
	return false
}

// mayNameThing reports whether a column says what a reading is of, by its name, if it holds text: what is measured has
// numbers.
func mayNameThing(name string) bool { return slices.Contains(parts, bare(name)) }

// isPlain reports whether a name that namesThing knows does not say of what.
func isPlain(name string) bool { return slices.Contains(plain, bare(name)) }

// bare is a name in small letters and digits alone.
func bare(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// mentionsTime reports whether a column may hold times, by its name.
func mentionsTime(name string) bool {
	word := bare(name)
	return strings.Contains(word, "time") || word == "ts" || word == "epoch" || strings.HasPrefix(word, "unix")
}

// isKey reports whether a column by its name holds keys, which are no values even if they are numbers: "trip_id",
// "Order ID", "assetId".
func isKey(name string) bool {
	for _, ending := range []string{"id", "uuid", "guid"} {
		at := len(name) - len(ending)
		if at < 1 || !strings.EqualFold(name[at:], ending) {
			continue
		}
		last := rune(name[at-1])
		if strings.ContainsRune("_-. ", last) || unicode.IsLower(last) && unicode.IsUpper(rune(name[at])) {
			return true
		}
	}
	return false
}
