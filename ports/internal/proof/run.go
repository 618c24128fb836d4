package proof

import (
	"flag"
	"testing"
)

// Run tries every case on a fixture of its own. It says which cases were left out and for which trait.
func Run[F any](t *testing.T, cases []Case[F], has Trait, fresh func(T) F) {
	for _, c := range cases {
		if c.Needs&^has != 0 {
			t.Logf("left out, the harness does not declare %q: %s", c.Needs&^has, c.Name)
			continue
		}
		t.Run(c.Name, func(t *testing.T) { c.Run(t, fresh(t)) })
	}
}

// Caught tries one case on a fixture that is broken on purpose and reports whether the case noticed.
func Caught[F any](t *testing.T, cases []Case[F], name string, has Trait, fresh func(T) F) bool {
	t.Helper()
	for _, c := range cases {
		if c.Name == name && c.Needs&^has == 0 {
			failed, log := Record(c.Name, func(t T) { c.Run(t, fresh(t)) })
			if failed && testing.Verbose() {
				t.Logf("noticed by %q:\n%s", name, log)
			}
			return failed
		}
	}
	t.Fatalf("there is no case %q, or it needs more than %v", name, has)
	return false
}

// Alarms tries every case and gives the names of those that failed, with what they said.
func Alarms[F any](cases []Case[F], has Trait, fresh func(T) F) []string {
	var alarms []string
	for _, c := range cases {
		if c.Needs&^has != 0 {
			continue
		}
		if failed, log := Record(c.Name, func(t T) { c.Run(t, fresh(t)) }); failed {
			alarms = append(alarms, c.Name+": "+log)
		}
	}
	return alarms
}

// Quiet keeps rapid from writing a file for each failure it finds and from shrinking it: broken twins fail by design.
func Quiet(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "1ms"} {
		old := flag.Lookup(name).Value.String()
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = flag.Set(name, old) })
	}
}

// String names the traits.
func (t Trait) String() string {
	s := ""
	for _, n := range []struct {
		trait Trait
		name  string
	}{{Faults, "faults"}, {Second, "second handle"}, {States, "states"}, {Bounds, "bounds"}, {Wipes, "wipes"}} {
		if t&n.trait != 0 {
			s += ", " + n.name
		}
	}
	if s == "" {
		return "none"
	}
	return s[2:]
}
