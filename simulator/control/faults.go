package control

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"tidemark/simulator/inject"
	"tidemark/simulator/topology"
)

// Fault is a rule for calls. The first rule that matches a call holds.
type Fault struct {
	Index int    `json:"index" doc:"Its place among the rules, from 0."`
	Name  string `json:"name,omitempty"`
	Rule  string `json:"rule" example:"reset after commit if operation=insert p=0.1 name=lost-answers" doc:"As a person types it."`
	Hits  int    `json:"hits" doc:"How often it happened."`
}

// Rule is the text of a rule.
type Rule struct {
	Rule string `json:"rule" minLength:"1" example:"status 503 ServerBusy if service=table p=0.5"`
}

// Rules are texts of rules.
type Rules struct {
	Rules []string `json:"rules" nullable:"false"`
}

type (
	inRule  struct{ Body Rule }
	inRules struct{ Body Rules }
	inFault struct {
		Fault string `path:"fault" doc:"A rule's name, or its index."`
	}
)

func (a *api) registerFaults() {
	handle(a, op("GET", "/faults", "list-faults", "faults", "The rules, in the order in which they are tried"),
		func(context.Context, *struct{}) (list[Fault], error) {
			return a.faults(), nil
		})
	handle(a, op("PUT", "/faults", "set-faults", "faults", "Replace all rules"),
		func(_ context.Context, in *inRules) (list[Fault], error) {
			return a.setFaults(in.Body.Rules)
		})
	o := op("POST", "/faults", "add-fault", "faults", "Add a rule after the others")
	o.DefaultStatus = http.StatusCreated
	handle(a, o, func(_ context.Context, in *inRule) (list[Fault], error) {
		r, err := inject.ParseRule(in.Body.Rule)
		if err != nil {
			return list[Fault]{}, problem(http.StatusUnprocessableEntity, "bad-rule", "No such rule", "%s",
				topology.Plain(err))
		}
		return a.replaceFaults(append(a.sim.Faults().Rules(), r))
	})
	order(a, op("DELETE", "/faults", "remove-faults", "faults", "Remove every rule"),
		func(context.Context, *struct{}) error {
			return a.sim.SetFaults(nil)
		})
	order(a, op("DELETE", "/faults/{fault}", "remove-fault", "faults", "Remove a rule", 404), a.removeFault)
}

func (a *api) faults() list[Fault] {
	counts := a.sim.Faults().Counts()
	all := list[Fault]{Items: []Fault{}}
	for i, r := range a.sim.Faults().Rules() {
		hits, named := counts[r.Name]
		if !named || r.Name == "" {
			hits = counts[r.String()]
		}
		all.Items = append(all.Items, Fault{Index: i, Name: r.Name, Rule: r.String(), Hits: hits})
	}
	return all
}

func (a *api) setFaults(texts []string) (list[Fault], error) {
	rules := make([]inject.Rule, len(texts))
	for i, text := range texts {
		var err error
		if rules[i], err = inject.ParseRule(text); err != nil {
			return list[Fault]{}, problem(http.StatusUnprocessableEntity, "bad-rule", "No such rule",
				"body.rules[%d]: %v", i, err)
		}
	}
	return a.replaceFaults(rules)
}

func (a *api) replaceFaults(rules []inject.Rule) (list[Fault], error) {
	if err := a.sim.SetFaults(rules); err != nil {
		return list[Fault]{}, problem(http.StatusUnprocessableEntity, "bad-rule", "No such rule", "%s",
			topology.Plain(err))
	}
	return a.faults(), nil
}

func (a *api) removeFault(_ context.Context, in *inFault) error {
	rules := a.sim.Faults().Rules()
	i := slices.IndexFunc(rules, func(r inject.Rule) bool { return r.Name != "" && r.Name == in.Fault })
	if n, err := strconv.Atoi(in.Fault); i < 0 && err == nil && n >= 0 && n < len(rules) {
		i = n
	}
	if i < 0 {
		unknown := &topology.UnknownError{What: "fault", Name: in.Fault}
		for i, r := range rules {
			name := r.Name
			if name == "" {
				name = strconv.Itoa(i)
			}
			unknown.Known = append(unknown.Known, name)
		}
		return unknown
	}
	return a.sim.SetFaults(slices.Delete(rules, i, i+1))
}
