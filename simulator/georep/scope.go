package georep

import (
	"fmt"
	"strings"
)

// Scope is what a lag or a pause is for: the zero value is the account; the most precise scope holds. A scope with a
// Key is more precise than every one without, then one with a Container, then one with a Service. A write to the
// container itself is in no scope with a Key.
type Scope struct {
	Service   Service // "" is both
	Container string  // "" is all
	Key       string  // "" is all
}

// String is "account", or what the scope is narrowed to.
func (s Scope) String() string {
	var parts []string
	if s.Service != "" {
		parts = append(parts, string(s.Service))
	}
	if s.Container != "" {
		parts = append(parts, s.Container)
	}
	if s.Key != "" {
		parts = append(parts, fmt.Sprintf("%q", s.Key))
	}
	if len(parts) == 0 {
		return "account"
	}
	return strings.Join(parts, " ")
}

// covers says whether everything in t is in s.
func (s Scope) covers(t Scope) bool {
	return (s.Service == "" || s.Service == t.Service) && (s.Container == "" || s.Container == t.Container) &&
		(s.Key == "" || s.Key == t.Key)
}

// scope is the narrowest scope of a partition.
func (p Partition) scope() Scope {
	s := Scope{Service: p.Service, Container: p.Container}
	if !p.Whole {
		s.Key = p.Key
	}
	return s
}

// lookup finds what holds for a scope: of the settings that cover it, the most precise.
func lookup[T any](settings map[Scope]T, s Scope) (T, bool) {
	if len(settings) > 0 {
		for wide := range 8 { // the bits say what to leave out, the Key last
			var w Scope
			if wide&1 == 0 {
				w.Service = s.Service
			}
			if wide&2 == 0 {
				w.Container = s.Container
			}
			if wide&4 == 0 {
				w.Key = s.Key
			}
			if found, ok := settings[w]; ok {
				return found, true
			}
		}
	}
	var none T
	return none, false
}
