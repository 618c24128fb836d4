package work

import (
	"encoding/json"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// The kinds of work.
const (
	KindCompact = "compact" // fold and drop the blocks of a shard
	KindPurge   = "purge"   // carry out a tenant's deletions
	KindRetain  = "retain"  // carry out a tenant's retention
)

// messageVersion is the version of a message's form. A new kind of work is a new version too: what a program does not
// know it leaves to newer ones, for a while.
const messageVersion = 1

// Message is what stands in the queue, as JSON. Task names the task row once there is one.
type Message struct {
	Version int    `json:"v"`
	Kind    string `json:"kind"`
	Tenant  string `json:"tenant"`
	Shard   uint16 `json:"shard"`
	Task    string `json:"task,omitempty"`
}

func (m Message) shard() telemetry.Shard {
	return telemetry.Shard{Tenant: telemetry.Tenant(m.Tenant), Index: m.Shard}
}

// newer reports whether the message is of a form that only a newer program understands.
func (m Message) newer() bool { return m.Version > messageVersion }

func (m Message) encode() []byte {
	m.Version = messageVersion
	p, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return p
}

// parse reads a message. Of one that this program does not understand it gives what it can, beside the error.
func parse(p []byte) (Message, error) {
	var m Message
	err := json.Unmarshal(p, &m)
	var form struct {
		Version int `json:"v"`
	}
	if json.Unmarshal(p, &form) == nil {
		m.Version = form.Version
	}
	if m.Version > messageVersion || err == nil && m.Version < messageVersion {
		return m, fault.New(fault.Corrupt, "work.message", "message version %d is unknown to this program", m.Version)
	}
	if err != nil {
		return m, fault.Wrap(fault.Corrupt, "work.message", err)
	}
	switch m.Kind {
	case KindCompact, KindPurge, KindRetain:
		return m, nil
	}
	return m, fault.New(fault.Corrupt, "work.message", "work of kind %q is unknown to this program", m.Kind)
}

// tagged is a message's body with the name of its task, and every other field as it was. What is no JSON object stays
// as it is.
func tagged(body []byte, task string) []byte {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return body
	}
	name, err := json.Marshal(task)
	if err != nil {
		panic(err) // strings always marshal
	}
	fields["task"] = name
	out, err := json.Marshal(fields)
	if err != nil {
		panic(err) // what was parsed marshals
	}
	return out
}
