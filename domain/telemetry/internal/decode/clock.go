package decode

import (
	"math"
	"time"

	"tidemark/domain/telemetry/readings"
)

const second = int64(time.Second)

// Civil is a date and time as written. Seconds counts from 1970-01-01T00:00:00 as if there were no zone.
type Civil struct {
	Seconds int64
	Nanos   int32
	Zoned   bool
	Offset  int32 // seconds east of UTC, if Zoned
	Strict  bool  // the text is RFC 3339: a date, T, a time with seconds, a zone
	Date    bool  // it is a date alone
}

// ParseCivil reads YYYY-MM-DD or YYYY/MM/DD, optionally followed by T or a space and hh:mm[:ss[.fraction]],
// optionally followed by Z or +hh:mm. T and Z may be small. Digits of the fraction after the ninth have to be zeros.
// There is no leap second: Unsupported tells.
func ParseCivil(b []byte) (c Civil, ok bool) {
	if len(b) < 10 || (b[4] != '-' && b[4] != '/') || b[7] != b[4] {
		return c, false
	}
	year, ok1 := digits(b[0:4])
	month, ok2 := digits(b[5:7])
	dayOfMonth, ok3 := digits(b[8:10])
	if !ok1 || !ok2 || !ok3 || month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > daysIn(year, month) {
		return c, false
	}
	c.Seconds = daysFromCivil(year, month, dayOfMonth) * day
	strict := b[4] == '-'
	if len(b) == 10 {
		c.Date = true
		return c, true
	}
	if b[10] != 'T' && b[10] != 't' && b[10] != ' ' {
		return c, false
	}
	strict = strict && b[10] != ' '
	rest, seconds, ok := c.clock(b[11:])
	if !ok {
		return c, false
	}
	if len(rest) == 0 {
		return c, true
	}
	c.Zoned = true
	c.Strict = strict && seconds
	return c, c.zone(rest)
}

// IsClock reports whether a text is a time of day: hh:mm[:ss[.fraction]].
func IsClock(b []byte) bool {
	var c Civil
	rest, _, ok := c.clock(b)
	return ok && len(rest) == 0
}

// clock reads hh:mm[:ss[.fraction]] and reports whether there were seconds.
func (c *Civil) clock(b []byte) (rest []byte, seconds, ok bool) {
	if len(b) < 5 || b[2] != ':' {
		return nil, false, false
	}
	hour, ok1 := digits(b[0:2])
	minute, ok2 := digits(b[3:5])
	if !ok1 || !ok2 || hour > 23 || minute > 59 {
		return nil, false, false
	}
	c.Seconds += int64(hour)*3600 + int64(minute)*60
	if len(b) == 5 || b[5] != ':' {
		return b[5:], false, true
	}
	if len(b) < 8 {
		return nil, false, false
	}
	sec, ok := digits(b[6:8])
	if !ok || sec > 59 {
		return nil, false, false
	}
	c.Seconds += int64(sec)
	b = b[8:]
	if len(b) == 0 || b[0] != '.' {
		return b, true, true
	}
	i, unit := 1, int32(100_000_000)
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if unit == 0 && b[i] != '0' {
			return nil, false, false
		}
		c.Nanos += int32(b[i]-'0') * unit
		unit /= 10
	}
	return b[i:], true, i > 1
}

// zone reads Z or +hh:mm to the end of b.
func (c *Civil) zone(b []byte) bool {
	if len(b) == 1 && (b[0] == 'Z' || b[0] == 'z') {
		return true
	}
	if len(b) != 6 || (b[0] != '+' && b[0] != '-') || b[3] != ':' {
		return false
	}
	hour, ok1 := digits(b[1:3])
	minute, ok2 := digits(b[4:6])
	if !ok1 || !ok2 || hour > 23 || minute > 59 {
		return false
	}
	c.Offset = int32(hour*3600 + minute*60)
	if b[0] == '-' {
		c.Offset = -c.Offset
	}
	return true
}

// Moment is what a text says of when: Unix nanoseconds. A local time that occurs twice, when clocks go back, is two:
// the first, which is what the offset before the change says, as in RFC 5545, and the second.
type Moment struct {
	Unix   int64
	Second int64 // of a local time that occurs twice; else it is Unix
	Change int64 // the Unix second at which clocks go back, if they do within a day of a local time; else 0
	Local  int64 // the clock's hands: Unix nanoseconds as if they were UTC; only with a Change
}

// Twice reports whether it is a local time that occurs twice.
func (m *Moment) Twice() bool { return m.Second != m.Unix }

// Moment is the moment in the zone of the text or else in loc (nil is UTC). OutRange is one that an int64 does not
// hold.
//
// A local time that never occurs, when clocks go forward, is Skipped. A date alone is its first moment, wherever
// clocks stand then; it is Skipped when the zone left it out.
func (c *Civil) Moment(loc *time.Location) (Moment, Outcome) {
	at := instant{first: c.Seconds, second: c.Seconds}
	switch {
	case c.Zoned:
		at.first -= int64(c.Offset)
		at.second = at.first
	case loc != nil && loc != time.UTC:
		at = resolve(c.Seconds, loc)
		if at.gap && !(c.Date && at.first+offset(at.first, loc) < c.Seconds+day) {
			return Moment{}, Skipped
		}
		if c.Date {
			at.second = at.first
		}
	}
	if at.first <= math.MinInt64/second || at.second >= math.MaxInt64/second {
		return Moment{}, OutRange
	}
	m := Moment{Unix: at.first*second + int64(c.Nanos), Second: at.second*second + int64(c.Nanos), Change: at.change}
	if m.Change != 0 {
		m.Local = c.Seconds*second + int64(c.Nanos)
	}
	return m, OK
}

const day = 86400 // seconds

// instant is the Unix second of a local second, or the two of one that occurs twice.
type instant struct {
	first, second int64
	change        int64 // as in Moment
	gap           bool  // it never occurs, and is moved on by the length of the gap
}

// resolve finds the instant of a local second. A day to either side lie the offsets that can apply.
func resolve(local int64, loc *time.Location) instant {
	before, after := offset(local-day, loc), offset(local+day, loc)
	at := instant{first: local - before, second: local - before}
	if before == after {
		return at
	}
	late := local - after
	early, lately := offset(at.first, loc) == before, offset(late, loc) == after
	if before > after {
		at.change = change(local-day, before, loc)
	}
	switch {
	case early && lately:
		at.second = late
	case lately:
		at.first, at.second = late, late
	case !early:
		at.gap = true
	}
	return at
}

// change is the first moment after a Unix second at which the offset is another.
func change(unix, before int64, loc *time.Location) int64 {
	for t := time.Unix(unix, 0).In(loc); ; {
		_, end := t.ZoneBounds()
		if end.IsZero() {
			return 0
		}
		if _, seconds := end.Zone(); int64(seconds) != before {
			return end.Unix()
		}
		t = end
	}
}

func offset(unix int64, loc *time.Location) int64 {
	_, seconds := time.Unix(unix, 0).In(loc).Zone()
	return int64(seconds)
}

// ParseRFC3339 reads a time as RFC 3339 has it as Unix nanoseconds. OutRange does not fit an int64. Of a Syntax error
// Unsupported may know more.
func ParseRFC3339(b []byte) (int64, Outcome) {
	c, ok := ParseCivil(b)
	if !ok || !c.Strict {
		return 0, Syntax
	}
	m, out := c.Moment(nil)
	return m.Unix, out
}

// ParseUnix reads a decimal number of units, each unit nanoseconds long, as Unix nanoseconds. Syntax is no number or
// one finer than a nanosecond; OutRange does not fit an int64.
func ParseUnix(b []byte, unit int64) (int64, Outcome) {
	d, form := scan(b)
	if form == NotNumber {
		return 0, Syntax
	}
	if d.digits > 19 {
		return 0, OutRange
	}
	for ; d.exp < 0 && d.mantissa != 0; d.exp++ {
		switch {
		case d.mantissa%10 == 0:
			d.mantissa /= 10
		case unit%10 == 0:
			unit /= 10
		default:
			return 0, Syntax
		}
	}
	n := d.mantissa
	for ; d.exp > 0 && n != 0; d.exp-- {
		if n > math.MaxInt64/10 {
			return 0, OutRange
		}
		n *= 10
	}
	if n > uint64(math.MaxInt64/unit) {
		return 0, OutRange
	}
	t := int64(n) * unit
	if d.negative {
		t = -t
	}
	return t, OK
}

// UnixTime reads a number of units of a precision. It is Doubtful where nobody said the unit and nanoseconds were
// hardly meant, and then the number itself, without a fraction: fractions of nanoseconds are seconds, too.
func UnixTime(b []byte, p readings.Precision) (ns int64, out Outcome) {
	ns, out = ParseUnix(b, p.Nanos())
	switch {
	case out == OK && p.Doubts(ns):
		return ns, Doubtful
	case out == Syntax && p == readings.Unsaid:
		if s, again := ParseUnix(b, readings.Second.Nanos()); again == OK {
			return s / readings.Second.Nanos(), Doubtful
		}
	}
	return ns, out
}

// Doubt is the reason to refuse a number that is Doubtful.
func Doubt(b []byte, n int64) string { return readings.Doubt(Excerpt(b), n) }

func digits(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func daysIn(year, month int) int {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (month+month>>3)&1
}

// daysFromCivil counts days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level
// Date Algorithms").
func daysFromCivil(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yearOfEra := y - era*400
	dayOfYear := (153*(m-3)+2)/5 + d - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return int64(era)*146097 + int64(dayOfEra) - 719468
}
