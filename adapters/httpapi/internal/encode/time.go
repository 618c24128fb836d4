package encode

import "time"

// AppendTime appends Unix nanoseconds as RFC 3339 in UTC, with as many decimals as it takes.
func AppendTime(b []byte, ns int64) []byte {
	return time.Unix(0, ns).UTC().AppendFormat(b, time.RFC3339Nano)
}

// Time is a time as AppendTime writes it.
func Time(ns int64) string { return string(AppendTime(nil, ns)) }

// Dates appends times as AppendTime does, and remembers the day it wrote last, because readings come in order. The
// zero value is ready. Times have years of four digits.
type Dates struct {
	day  int64 // since 1970, and one more: 0 is none
	text [len("2006-01-02T")]byte
}

const dayNanos = int64(24 * time.Hour)

// Append appends a time (Unix nanoseconds).
func (d *Dates) Append(b []byte, ns int64) []byte {
	rest := ns % dayNanos
	if rest < 0 {
		rest += dayNanos
	}
	start := ns - rest
	if day := start/dayNanos + 1; d.day != day || day == 0 {
		d.day = day
		time.Unix(0, start).UTC().AppendFormat(d.text[:0], "2006-01-02T")
	}
	b = append(b, d.text[:]...)
	s := rest / int64(time.Second)
	b = append(b, tens(s/3600), ones(s/3600), ':', tens(s/60%60), ones(s/60%60), ':', tens(s%60), ones(s%60))
	if frac := rest % int64(time.Second); frac != 0 {
		b = append(b, ".000000000"...)
		for i := len(b) - 1; frac > 0; i-- {
			b[i] = ones(frac)
			frac /= 10
		}
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return append(b, 'Z')
}

// tens and ones are these digits of a number.
func tens(n int64) byte { return '0' + byte(n/10%10) }

func ones(n int64) byte { return '0' + byte(n%10) }
