package inject

import (
	"fmt"
	"slices"
	"strings"

	"tidemark/simulator/inject/internal/words"
)

// kinds read the faults that begin with a word; every other begins as a rule does.
var kinds = map[string]func(*phrase) (Fault, error){
	regionKind: readRegion, networkKind: readNetwork, processKind: readProcess, accountKind: readAccount,
	clockKind: readClock, diskKind: readDisk,
}

// ParseFault takes the text of a fault and validates it. An error names the word and says what may stand in its place.
//
//	FAULT = RULE, as ParseRule takes it
//	      | "region" NAME "out" ["service=" SERVICE] [":" HOW]
//	      | "network" "cut" ["from=" PLACE] ["to=" PLACE] ["service=" SERVICE] [":" HOW]
//	      | "network" "distance" "from=" PLACE "to=" PLACE ":" TIME
//	      | "process" NAME ("kill" | "freeze" | "restart")
//	      | "disk" NAME ("full" | "wiped")
//	      | "account" NAME "lag" [SCOPE] ":" LAG, as georep.ParseLag takes it
//	      | "account" NAME "pause" [SCOPE]
//	      | "account" NAME "failover" ":" ("planned" | "unplanned")
//	      | "account" NAME "reenable" [":" REGION]
//	      | "account" NAME "last-sync-time" ["service=" SERVICE] ":" ("unavailable" | "stuck" | "back" TIME)
//	      | "clock" NAME ("offset" ":" TIME | "drift" ":" TIME "/s" | "swing" ":" TIME "every" TIME | "jump" ":" TIME)
//	HOW   = "refuse" | "hang" | "reset" | "503"; refuse where it is left out
//	SCOPE = "service=" SERVICE | "table=" NAME ["partition=" NAME] | "queue=" NAME
//	PLACE = a region, outside, or a process
func ParseFault(text string) (Fault, error) {
	p := words.Read(text)
	kind := p.Peek()
	read, ok := kinds[kind]
	if !ok {
		return parseRule(text, kind)
	}
	p.Next()
	said, err := readPhrase(p, kind)
	if err != nil {
		return nil, fmt.Errorf("inject: fault %q: %w", strings.TrimSpace(text), err)
	}
	f, err := read(&said)
	if err == nil {
		err = p.End()
	}
	if err != nil {
		return nil, fmt.Errorf("inject: fault %q: %w", strings.TrimSpace(text), err)
	}
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return f, nil
}

// parseRule takes the text of a rule. A first word that begins nothing may be meant as any of those that do.
func parseRule(text, first string) (Fault, error) {
	all := []string{regionKind, networkKind, processKind, accountKind, clockKind, diskKind}
	for _, a := range actions {
		all = append(all, string(a))
	}
	if first != loseWord && !slices.Contains(all, first) {
		return nil, fmt.Errorf("inject: fault %q: %w", strings.TrimSpace(text),
			words.Unknown("beginning of a fault", first, all))
	}
	r, err := ParseRule(text)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Any is a fault as one field of a document: its text.
type Any struct{ Fault }

// MarshalText is the fault's text.
func (a Any) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText takes what ParseFault takes.
func (a *Any) UnmarshalText(text []byte) (err error) {
	a.Fault, err = ParseFault(string(text))
	return err
}
