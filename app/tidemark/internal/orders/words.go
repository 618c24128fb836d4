package orders

import (
	"cmp"
	"strings"

	"tidemark/simulator/control"
)

// scopeText names a part of an account for people.
func scopeText(account string, s control.Scope) string {
	text := "account " + account
	switch {
	case s.Table != "":
		text += ", table " + s.Table
	case s.Queue != "":
		text += ", queue " + s.Queue
	case s.Service != "":
		text += ", service " + s.Service
	}
	if s.Partition != "" {
		text += ", partition " + s.Partition
	}
	return text
}

// stillPaused says what of an account stands still, and what ends it; "" is nothing.
func stillPaused(account string, paused []control.Scope) string {
	if len(paused) == 0 {
		return ""
	}
	var what, orders []string
	for _, s := range paused {
		text := scopeText(account, s)
		what, orders = append(what, text), append(orders, "tidemark sim resume"+flagsOf(s))
	}
	return "paused still: replication of " + strings.Join(what, " and of ") + " (" + strings.Join(orders, " && ") + ")"
}

// flagsOf are the flags that name a scope.
func flagsOf(s control.Scope) (text string) {
	switch {
	case s.Table != "":
		text = " --table " + s.Table
	case s.Queue != "":
		text = " --queue " + s.Queue
	case s.Service != "":
		text = " --service " + s.Service
	}
	if s.Partition != "" {
		text += " --partition '" + s.Partition + "'"
	}
	return text
}

// outageText is an outage in a few words.
func outageText(o control.Outage) string {
	text := ""
	if o.Region != "" {
		text = "region " + o.Region
	} else {
		text = "from " + cmp.Or(o.From, "everywhere") + " to " + cmp.Or(o.To, "everywhere")
	}
	if len(o.Parts) > 0 {
		text += " (" + strings.Join(o.Parts, ", ") + ")"
	}
	text += ": " + o.Fault
	if o.Note != "" {
		text += ", " + o.Note
	}
	return text
}
