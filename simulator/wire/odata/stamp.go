package odata

import (
	"fmt"
	"strings"
	"time"
)

// Carrier is the reserved property in which a row carries its stamp: a string of fixed width (StampText), so that it
// compares as time does.
const Carrier = "TidemarkStamp"

// stampLayout is the service's own form of a Timestamp: seven digits, UTC.
const stampLayout = "2006-01-02T15:04:05.0000000Z"

// DeadETag is of the service's form, and no row has it: 1601 is the service's first DateTime, and Azurite stamps with
// the time of day.
const DeadETag = `W/"datetime'1601-01-01T00%3A00%3A00.0000000Z'"`

// StampLength is how many bytes StampText writes.
const StampLength = len(stampLayout)

// StampText is the carried form, which is the service's form of Timestamp too. It drops what is below 100 ns.
func StampText(at time.Time) string { return at.UTC().Format(stampLayout) }

// ParseStampText reads what StampText wrote.
func ParseStampText(s string) (time.Time, error) {
	at, err := time.Parse(stampLayout, s)
	if err != nil || len(s) != len(stampLayout) {
		return time.Time{}, fmt.Errorf("the stamp %q of a row is not of the form %s: write rows only through the "+
			"gateway", s, stampLayout)
	}
	return at, nil
}

// ETag is the service's form: the Timestamp, percent-encoded, in a weak tag.
func ETag(at time.Time) string {
	return `W/"datetime'` + strings.ReplaceAll(StampText(at), ":", "%3A") + `'"`
}

// ParseETag reads an ETag of the service's form, with or without percent-encoding (clients differ), with 0 to 7
// digits.
func ParseETag(s string) (time.Time, bool) {
	text, ok := strings.CutPrefix(s, `W/"datetime'`)
	if !ok {
		if text, ok = strings.CutPrefix(s, `w/"datetime'`); !ok {
			return time.Time{}, false
		}
	}
	text, ok = strings.CutSuffix(text, `'"`)
	if !ok {
		return time.Time{}, false
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "%3A", ":"), "%3a", ":")
	return parseDateTime(text)
}

// parseDateTime reads an Edm.DateTime: 0 to 7 digits after the second, Z, an offset, or neither, which is UTC.
func parseDateTime(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00",
		"2006-01-02T15:04"} {
		at, err := time.Parse(layout, text) // a fraction after the seconds is taken without being asked for
		if err == nil {
			return at.UTC(), at.Nanosecond()%100 == 0
		}
	}
	return time.Time{}, false
}

// CarrierSize is the length of the carrier with its comma.
const CarrierSize = len(`"`+Carrier+`":"",`) + StampLength

// AppendCarrier adds the carrier of a stamp, as a property.
func AppendCarrier(b []byte, stamp time.Time) []byte {
	b = append(b, `"`+Carrier+`":"`...)
	return append(stamp.UTC().AppendFormat(b, stampLayout), '"')
}
