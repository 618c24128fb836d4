package encode

import "strings"

// AppendCell appends a CSV cell (RFC 4180). Cells are data: nothing is put before a leading "=" for the sake of
// spreadsheets.
func AppendCell(b []byte, s string) []byte {
	if s == "" || !strings.ContainsAny(s, ",;\t\"\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}
