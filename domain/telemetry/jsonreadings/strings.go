package jsonreadings

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// plain are the bytes of a string that mean themselves and are ASCII.
var plain = func() (set [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		set[c] = c != '"' && c != '\\'
	}
	return set
}()

// str reads a string. The result lies in data, or in scratch if there were escapes.
func (s *scanner) str() ([]byte, bool) {
	if !s.take('"') {
		return nil, s.expected("a string")
	}
	start := s.pos
	ascii := true
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case plain[c]:
			s.pos++
		case c == '"':
			b := s.data[start:s.pos]
			if !ascii && !utf8.Valid(b) {
				return nil, s.fail("the string is not UTF-8")
			}
			s.pos++
			return b, true
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return nil, s.fail(fmt.Sprintf("control character %q in a string; escape it", c))
		default:
			ascii = false
			s.pos++
		}
	}
	return nil, s.expected("the closing quote of a string")
}

// escaped goes on with a string, begun at start, whose first backslash is at pos.
func (s *scanner) escaped(start int) ([]byte, bool) {
	from := len(s.scratch)
	s.scratch = append(s.scratch, s.data[start:s.pos]...)
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case c == '"':
			b := s.scratch[from:len(s.scratch):len(s.scratch)]
			if !utf8.Valid(b) {
				return nil, s.fail("the string is not UTF-8")
			}
			s.pos++
			return b, true
		case c == '\\':
			if !s.escape() {
				return nil, false
			}
		case c < ' ':
			return nil, s.fail(fmt.Sprintf("control character %q in a string; escape it", c))
		default:
			s.scratch = append(s.scratch, c)
			s.pos++
		}
	}
	return nil, s.expected("the closing quote of a string")
}

// unescaped maps the letter after a backslash.
var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape appends what the escape at pos stands for.
func (s *scanner) escape() bool {
	s.pos++
	c := s.at()
	if c != 'u' {
		if unescaped[c] == 0 {
			return s.expected("an escape")
		}
		s.scratch = append(s.scratch, unescaped[c])
		s.pos++
		return true
	}
	r, ok := s.hex()
	if !ok {
		return s.expected("four hexadecimal digits after \\u")
	}
	if utf16.IsSurrogate(r) {
		low := rune(0)
		if s.at() == '\\' && s.pos+1 < len(s.data) && s.data[s.pos+1] == 'u' {
			s.pos++
			if low, ok = s.hex(); !ok {
				return s.expected("four hexadecimal digits after \\u")
			}
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return s.fail("half of a surrogate pair; escape both halves")
		}
	}
	s.scratch = utf8.AppendRune(s.scratch, r)
	return true
}

// hex reads uXXXX at pos.
func (s *scanner) hex() (rune, bool) {
	if len(s.data)-s.pos < 5 {
		return 0, false
	}
	var r rune
	for _, c := range s.data[s.pos+1 : s.pos+5] {
		switch {
		case c-'0' <= 9:
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	s.pos += 5
	return r, true
}
