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

// messageVersion is the version of a message's form.
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

func (m Message) encode() []byte {
	m.Version = messageVersion
	p, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return p
}

func parse(p []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(p, &m); err != nil {
		return m, fault.Wrap(fault.Corrupt, "work.message", err)
	}
	if m.Version != messageVersion {
		return m, fault.New(fault.Corrupt, "work.message", "message version %d is unknown to this program", m.Version)
	}
	switch m.Kind {
	case KindCompact, KindPurge, KindRetain:
		return m, nil
	}
	return m, fault.New(fault.Corrupt, "work.message", "work of kind %q is unknown to this program", m.Kind)
}
