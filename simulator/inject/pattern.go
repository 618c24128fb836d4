package inject

import "strings"

// pattern is a word with stars, ready to match without allocating.
type pattern struct {
	any   bool     // matches everything
	words []string // what has to appear in this order, stars between: one word is the whole
}

// newPattern takes a pattern apart at its stars. A backslash takes the next letter as it is.
func newPattern(text string) pattern {
	if text == "" {
		return pattern{any: true}
	}
	var words []string
	var word strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '*':
			words = append(words, word.String())
			word.Reset()
		case c == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
		default:
			word.WriteByte(c)
		}
	}
	words = append(words, word.String())
	return pattern{any: len(words) == 2 && words[0] == "" && words[1] == "", words: words}
}

func (p pattern) match(s string) bool {
	if p.any {
		return true
	}
	first, last := p.words[0], p.words[len(p.words)-1]
	if len(p.words) == 1 {
		return s == first
	}
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, w := range p.words[1 : len(p.words)-1] {
		_, after, ok := strings.Cut(s, w)
		if !ok {
			return false
		}
		s = after // the leftmost place leaves the most for the rest
	}
	return true
}

// Matches says whether a text matches a pattern of a condition.
func Matches(pattern, text string) bool { return newPattern(pattern).match(text) }
