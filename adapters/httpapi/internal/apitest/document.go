package apitest

import (
	"encoding/json"
	"testing"
)

// Document is the served document.
type Document struct {
	Paths map[string]map[string]struct {
		OperationID string                `json:"operationId"`
		Security    []map[string][]string `json:"security"`
		Parameters  []struct {
			Name, In, Description string
		} `json:"parameters"`
		Responses map[string]any `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]any `json:"schemas"`
	} `json:"components"`
}

// Served asks a rig for its document.
func Served(t *testing.T, r *Rig) (d Document) {
	t.Helper()
	w := r.Do("GET", "/openapi.json", nil)
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}
