package proof

import "strings"

// Names are different names that try to meet: separators and escapes of key codecs, path steps, quotes, Unicode
// twins, case twins, prefixes of one another, the longest allowed, and bytes that no text has. None is empty.
func Names() []string {
	long := strings.Repeat("n", 511)
	wide := strings.Repeat("\U0001F30A", 255) // two UTF-16 units each
	return []string{
		"t1", "t10", "t", "T1", "a", "A", "aa", "a|b", "a,b", "a/b", `a\b`, "a#b", "a?b", "a b", "a%b", "a%2Fb",
		"a%252Fb", "a+b",
		"a-b", "a=b", "a_b", "a~b", "a~~b", "a:b", "a;b", "a.b", "a&b", "a*b", "..", "../x", "/", "|", ",", "-", "~",
		"%", " ", "'",
		"O'Brien", "O''Brien", `"`, "`", "x' or PartitionKey ne '", "-2d", "-2D", "_5f", "=3d", "~7e", "é", "e\u0301",
		"ß", "ss", "ẞ",
		"日本", "\U0001F30A", "\u200b", "\ufeff", "\u2028", "\u00a0", "\u0080", "\ufffd", "\xff", "\xc3", "\x00",
		"a\x00",
		"a\x00b", "\n", "\t", "\x7f",
		"null", "NaN", "0", "00", "-1", long + "a", long + "b", long, wide + "aa", wide + "bb", wide + "\U0001F30A",
	}
}
