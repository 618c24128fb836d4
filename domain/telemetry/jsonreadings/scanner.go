package jsonreadings

import (
	"fmt"
	"unicode/utf8"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
)

// scanner walks JSON text. After a failure, told by false, bad says what is wrong and pos where.
type scanner struct {
	data    []byte
	pos     int
	bad     string
	scratch []byte // unescaped strings; grows for as long as their reader needs them
}

// fail notes the first problem.
func (s *scanner) fail(what string) bool {
	if s.bad == "" {
		s.bad = what
	}
	return false
}

// expected fails with what should stand at pos.
func (s *scanner) expected(what string) bool {
	if s.pos >= len(s.data) {
		return s.fail("the text ends; expected " + what)
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return s.fail(fmt.Sprintf("expected %s, found %q", what, r))
}

// peek skips white space and is the byte there, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// take skips white space and c, and reports whether c was there.
func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.pos >= len(s.data) {
		return false
	}
	s.pos++
	return true
}

// kind is what a value is, by its first byte.
type kind uint8

const (
	kindNone kind = iota
	kindString
	kindNumber
	kindTrue
	kindFalse
	kindNull
	kindObject
	kindArray
)

var kindOf = [256]kind{'"': kindString, '-': kindNumber, '0': kindNumber, '1': kindNumber, '2': kindNumber,
	'3': kindNumber, '4': kindNumber,
	'5': kindNumber, '6': kindNumber, '7': kindNumber, '8': kindNumber, '9': kindNumber, 't': kindTrue, 'f': kindFalse,
	'n': kindNull,
	'{': kindObject, '[': kindArray}

// String is the kind with an article, for reasons.
func (k kind) String() string {
	return [...]string{"nothing", "a string", "a number", "a boolean", "a boolean", "null", "an object", "an array"}[k]
}

// scalar reads a string (unescaped), number or literal at pos.
func (s *scanner) scalar() (b []byte, k kind, ok bool) {
	k = kindOf[s.peek()]
	switch k {
	case kindString:
		b, ok = s.str()
	case kindNumber:
		b, ok = s.number()
	case kindTrue:
		ok = s.literal("true")
	case kindFalse:
		ok = s.literal("false")
	case kindNull:
		ok = s.literal("null")
	default:
		ok = s.expected("a value")
	}
	return b, k, ok
}

// literal reads a word, which ends where no letter follows.
func (s *scanner) literal(word string) bool {
	end := s.pos + len(word)
	if len(s.data) < end || string(s.data[s.pos:end]) != word || end < len(s.data) && isLetter(s.data[end]) {
		for end = s.pos; end < len(s.data) && isLetter(s.data[end]); {
			end++
		}
		return s.fail(decode.Excerpt(s.data[s.pos:end]) + " is no value; text stands in quotes")
	}
	s.pos = end
	return true
}

func isLetter(c byte) bool { return (c|0x20)-'a' <= 'z'-'a' }

// number reads a number as JSON writes it.
func (s *scanner) number() ([]byte, bool) {
	start := s.pos
	if s.at() == '-' {
		s.pos++
	}
	if s.at() == '0' {
		s.pos++
	} else if !s.digits() {
		return nil, s.expected("a digit")
	}
	if s.at() == '.' {
		s.pos++
		if !s.digits() {
			return nil, s.expected("a digit after the point")
		}
	}
	if s.at()|0x20 == 'e' {
		s.pos++
		if c := s.at(); c == '+' || c == '-' {
			s.pos++
		}
		if !s.digits() {
			return nil, s.expected("a digit of the exponent")
		}
	}
	return s.data[start:s.pos], true
}

// at is the byte at pos, 0 at the end.
func (s *scanner) at() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// digits passes digits and reports whether there were any.
func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos]-'0' <= 9 {
		s.pos++
	}
	return s.pos > start
}

// skip passes any value at a depth of nesting, the outermost value having depth 1.
func (s *scanner) skip(depth int) bool {
	switch kindOf[s.peek()] {
	case kindObject:
		return s.object(depth, func([]byte) bool { return s.skip(depth + 1) })
	case kindArray:
		return s.array(depth, func() bool { return s.skip(depth + 1) })
	}
	mark := len(s.scratch)
	_, _, ok := s.scalar()
	s.scratch = s.scratch[:mark]
	return ok
}

// object reads an object that stands at a depth, calling member with each key and pos at the member's value. The key
// may lie in scratch.
func (s *scanner) object(depth int, member func(key []byte) bool) bool {
	if !s.take('{') {
		return s.expected("{")
	}
	if depth > telemetry.MaxDepth {
		return s.fail("nested too deeply")
	}
	if s.take('}') {
		return true
	}
	for {
		if s.peek() != '"' {
			return s.expected("a member's name in quotes")
		}
		key, ok := s.str()
		if !ok {
			return false
		}
		if !s.take(':') {
			return s.expected(":")
		}
		if !member(key) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return s.expected(", or }")
		}
	}
}

// array reads an array that stands at a depth, calling element with pos at each.
func (s *scanner) array(depth int, element func() bool) bool {
	if !s.take('[') {
		return s.expected("[")
	}
	if depth > telemetry.MaxDepth {
		return s.fail("nested too deeply")
	}
	if s.take(']') {
		return true
	}
	for {
		if !element() {
			return false
		}
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return s.expected(", or ]")
		}
	}
}
