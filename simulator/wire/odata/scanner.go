package odata

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// property is one property of a body while it is looked over.
type property struct {
	name  []byte // without quotes, escaped as sent
	value []byte // a string's inside, or the literal
	text  bool   // a string
	units int    // of a string: UTF-16 characters

	nameUnits int
}

// scanner goes over JSON that is an object without objects in it, as entities are.
type scanner struct {
	b     []byte
	i     int
	comma bool // the last property was followed by one
	wide  bool
	lines bool
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case '\n', '\r':
			s.lines = true
		case ' ', '\t':
		default:
			return
		}
		s.i++
	}
}

// eat takes a character, after space.
func (s *scanner) eat(c byte) bool {
	s.space()
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// property takes a name, a value, and a comma if there is one.
func (s *scanner) property(first bool) (p property, ok bool) {
	if !first && !s.comma {
		return p, false
	}
	if p.name, p.nameUnits, ok = s.text(); !ok || !s.eat(':') {
		return p, false
	}
	s.space()
	if s.i < len(s.b) && s.b[s.i] == '"' {
		p.text = true
		p.value, p.units, ok = s.text()
	} else {
		p.value, ok = s.literal()
	}
	s.comma = s.eat(',')
	return p, ok
}

// text takes a string and counts its UTF-16 characters.
func (s *scanner) text() (inside []byte, units int, ok bool) {
	if !s.eat('"') {
		return nil, 0, false
	}
	start := s.i
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[start : s.i-1], units, true
		case c < 0x20:
			return nil, 0, false
		case c == '\\':
			n := 2
			if s.i+1 < len(s.b) && s.b[s.i+1] == 'u' {
				n = 6
			}
			s.i += n
			units++
		case c < utf8.RuneSelf:
			s.i++
			units++
		default:
			s.wide = true
			r, n := utf8.DecodeRune(s.b[s.i:])
			s.i += n
			units += max(1, utf16.RuneLen(r))
		}
	}
	return nil, 0, false
}

// literal takes a number, true, false or null. Which numbers there are is Azurite's to say.
func (s *scanner) literal() (inside []byte, ok bool) {
	start := s.i
	for s.i < len(s.b) && strings.IndexByte("+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
		s.b[s.i]) >= 0 {
		s.i++
	}
	return s.b[start:s.i], s.i > start
}

// valueText is the text of a string value.
func (p *property) valueText() string { return unquote(p.value) }

// nameText is the property's name.
func (p *property) nameText() string { return unquote(p.name) }

// unquote is the text of a JSON string's inside.
func unquote(inside []byte) string {
	if bytes.IndexByte(inside, '\\') < 0 {
		return string(inside)
	}
	var text string
	if json.Unmarshal(append(append([]byte{'"'}, inside...), '"'), &text) != nil {
		return string(inside)
	}
	return text
}

// Quote is a text as a JSON string.
func Quote(text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		return []byte(`""`)
	}
	return b
}
