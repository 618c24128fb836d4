package georep

import (
	"strings"
	"time"
)

// short writes a duration without the zero minutes and seconds at its end.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// texts names scopes in a sentence.
func texts(scopes []Scope) string {
	var names []string
	for _, s := range scopes {
		names = append(names, s.String())
	}
	return strings.Join(names, " and ")
}
