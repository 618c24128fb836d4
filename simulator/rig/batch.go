package rig

import (
	"encoding/json"
	"net/url"
	"strings"

	"tidemark/simulator/wire/odata"
)

// Action is one action of a batch of the Table service.
type Action struct {
	Method       string
	Table        string
	PartitionKey string
	RowKey       string
	Row          json.RawMessage // as it is sent; empty where the method has none
}

// parseBatch reads the actions of a body whose addresses begin with base. One that is no batch has none.
func parseBatch(body []byte, contentType, base string) (actions []Action) {
	parts, _ := odata.SplitBatch(body, odata.Boundary(contentType))
	for _, p := range parts {
		a := Action{Method: p.Verb, Row: p.Body}
		if u, err := url.Parse(p.Target); err == nil {
			a.Table, a.PartitionKey, a.RowKey, _, _ = odata.SplitResource(strings.TrimPrefix(u.Path, base+"/"))
		}
		var keys struct{ PartitionKey, RowKey string }
		if json.Unmarshal(p.Body, &keys) == nil && keys.RowKey != "" {
			a.PartitionKey, a.RowKey = keys.PartitionKey, keys.RowKey
		}
		actions = append(actions, a)
	}
	return actions
}
