package inject

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// document is a rule as an object.
type document struct {
	Name        string  `json:"name,omitempty"`
	From        string  `json:"from,omitempty"`
	To          string  `json:"to,omitempty"`
	Service     string  `json:"service,omitempty"`
	Account     string  `json:"account,omitempty"`
	Operation   string  `json:"operation,omitempty"`
	Container   string  `json:"container,omitempty"`
	Partition   string  `json:"partition,omitempty"`
	Probability float64 `json:"probability,omitempty"`
	Times       int     `json:"times,omitempty"`
	After       bool    `json:"after,omitempty"`
	Action      Action  `json:"action"`
	Delay       string  `json:"delay,omitempty"`
	Status      int     `json:"status,omitempty"`
	Code        string  `json:"code,omitempty"`
	PerSecond   float64 `json:"perSecond,omitempty"`
	Burst       float64 `json:"burst,omitempty"`
	By          By      `json:"by,omitempty"`
}

// MarshalJSON is an object with the rule's fields, small letters first, without those that are empty; delay is a
// distribution's text.
func (r Rule) MarshalJSON() ([]byte, error) {
	d := document{Name: r.Name, From: r.From, To: r.To, Service: r.Service, Account: r.Account, Operation: r.Operation,
		Container: r.Container, Partition: r.Partition, Probability: r.Probability, Times: r.Times, After: r.After,
		Action: r.Action,
		Status: r.Status, Code: r.Code, PerSecond: r.PerSecond, Burst: r.Burst, By: r.By}
	if r.Delay != nil {
		d.Delay = r.Delay.String()
	}
	return json.Marshal(d)
}

// UnmarshalJSON takes what MarshalJSON gives. A field that a rule does not have is an error. The rule is not
// validated.
func (r *Rule) UnmarshalJSON(data []byte) error {
	var d document
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return fmt.Errorf("inject: rule: %w", err)
	}
	rule := Rule{Name: d.Name, From: d.From, To: d.To, Service: d.Service, Account: d.Account, Operation: d.Operation,
		Container: d.Container, Partition: d.Partition, Probability: d.Probability, Times: d.Times, After: d.After,
		Action: d.Action,
		Status: d.Status, Code: d.Code, PerSecond: d.PerSecond, Burst: d.Burst, By: d.By}
	if d.Delay != "" {
		var err error
		if rule.Delay, err = ParseDistribution(d.Delay); err != nil {
			return err
		}
	}
	*r = rule
	return nil
}
