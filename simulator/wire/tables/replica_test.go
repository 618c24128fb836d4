package tables_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/tables"
)

// repeat carries a replica out on an account of an Azurite; lose is how many answers are lost, after which the same
// replica is repeated.
func (s *stand) repeat(r *tables.Replica, lose int) {
	s.t.Helper()
	for calls := 0; ; calls++ {
		call, err := r.Request(s.base, s.account.Name)
		if err != nil {
			s.t.Fatal(err)
		}
		s.sign(call)
		answer, text := do(s.t, call)
		if lose > 0 {
			lose--
			continue
		}
		done, err := r.Done(answer.StatusCode, strings.NewReader(text))
		if err != nil {
			s.t.Fatalf("%v: %s", err, text)
		}
		if done {
			return
		}
		if calls > 200 {
			s.t.Fatal("the repeat comes to no end")
		}
	}
}

// rows reads a table of an account as Azurite has it.
func rows(t *testing.T, c *aztables.Client) string {
	t.Helper()
	var all []string
	format := aztables.MetadataFormatFull
	selected := "PartitionKey,RowKey,TidemarkStamp,a,b"
	for pager := c.NewListEntitiesPager(&aztables.ListEntitiesOptions{Format: &format,
		Select: &selected}); pager.More(); {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Entities {
			var has map[string]any
			if err := json.Unmarshal(row, &has); err != nil {
				t.Fatal(err)
			}
			// of the account
			maps.DeleteFunc(has, func(name string, _ any) bool { return strings.HasPrefix(name, "odata.") })
			all = append(all, fmt.Sprint(has))
		}
	}
	return strings.Join(all, "\n")
}

// TestReplicaConverges repeats every write on a second account, and again as if its answer had been lost, before the
// next one, and finds the same rows after each, carriers included.
func TestReplicaConverges(t *testing.T) {
	s, other := newStand(t), newStand(t)
	c := s.table("Weather")
	ctx := t.Context()
	act := func(kind aztables.TransactionType, rk string, v any) aztables.TransactionAction {
		return aztables.TransactionAction{ActionType: kind, Entity: entity(t, "O'p", rk, map[string]any{"a": v})}
	}
	batch := func(actions ...aztables.TransactionAction) func() error {
		return func() error { _, err := c.SubmitTransaction(ctx, actions, nil); return err }
	}
	const add, merge, remove = aztables.TransactionTypeAdd, aztables.TransactionTypeInsertMerge,
		aztables.TransactionTypeDelete
	for i, write := range []func() error{
		func() error { return nil }, // the table
		func() error {
			_, err := c.AddEntity(ctx, entity(t, "O'p", "0", map[string]any{"b": 1}), nil)
			return err
		},
		func() error {
			_, err := c.UpsertEntity(ctx, entity(t, "O'p", "0", map[string]any{"a": "é"}),
				&aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeMerge})
			return err
		},
		batch(act(add, "1", 1), act(merge, "2", 2), act(remove, "0", nil)),
		batch(act(remove, "1", nil), act(aztables.TransactionTypeUpdateMerge, "2", 3), act(add, "it's", 2)),
		func() error { _, err := c.UpsertEntity(ctx, entity(t, "O'p", "9", nil), nil); return err },
		batch(act(remove, "2", nil), act(remove, "it's", nil)),
		func() error { _, err := c.DeleteEntity(ctx, "O'p", "9", nil); return err },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
		if len(s.replicas) != 1 {
			t.Fatalf("write %d gave %d replicas", i, len(s.replicas))
		}
		r := s.replicas[0]
		s.replicas = nil
		other.repeat(r, 0)
		other.repeat(&tables.Replica{Table: r.Table, Kind: r.Kind, Rows: r.Rows}, 1)
		if want, got := rows(t, s.direct().NewClient("Weather")),
			rows(t, other.direct().NewClient("Weather")); got != want {
			t.Fatalf("after write %d the copy is\n%s\nand the original\n%s", i, got, want)
		}
	}
}

func TestDone(t *testing.T) {
	one := func(kind string) *tables.Replica {
		return &tables.Replica{Table: "Weather", Kind: kind,
			Rows: []tables.ReplicaRow{{Kind: kind, PartitionKey: "p", RowKey: "r",
				Body: []byte(`{"TidemarkStamp":"x"}`)}}}
	}
	fault := func(code string) string { return `{"odata.error":{"code":"` + code + `"}}` }
	for _, test := range []struct {
		name    string
		r       *tables.Replica
		answers []string // status and code
		methods string
		fails   bool
	}{
		{"delete", one(inject.Delete), []string{"204"}, "DELETE", false},
		{"delete of nothing", one(inject.Delete), []string{"404 ResourceNotFound"}, "DELETE", false},
		{"no table", one(inject.Delete), []string{"404 TableNotFound"}, "DELETE", true},
		{"busy", one(inject.Upsert), []string{"503 ServerBusy"}, "PUT", true},
		{"merge", one(inject.UpsertMerge), []string{"204"}, "PATCH", false},
		{"large", one(inject.Upsert), []string{"400 EntityTooLarge", "204", "201"}, "PUT DELETE POST", false},
		{"large and new", one(inject.Upsert), []string{"400 EntityTooLarge", "404 ResourceNotFound",
			"409 EntityAlreadyExists"}, "PUT DELETE POST", false},
		{"large merge", one(inject.UpsertMerge), []string{"400 EntityTooLarge"}, "PATCH", true},
		{"table", &tables.Replica{Table: "Weather", Kind: inject.CreateTable}, []string{"409 TableAlreadyExists"},
			"POST", false},
		{"no table any more", &tables.Replica{Table: "Weather", Kind: inject.DeleteTable},
			[]string{"404 ResourceNotFound"}, "DELETE", false},
		{"access policies", &tables.Replica{Table: "Weather", Kind: inject.ACL, Body: []byte("<x/>")}, []string{"204"},
			"PUT", false},
		{"properties", &tables.Replica{Kind: inject.Properties, Body: []byte("<x/>")}, []string{"500 InternalError"},
			"PUT", true},
	} {
		var methods []string
		var done bool
		var err error
		for _, answer := range test.answers {
			call, callErr := test.r.Request("http://127.0.0.1:1", "acct")
			if callErr != nil {
				t.Fatalf("%s: %v", test.name, callErr)
			}
			methods = append(methods, call.Method)
			status, code := 0, ""
			_, _ = fmt.Sscan(answer, &status, &code)
			if done, err = test.r.Done(status, strings.NewReader(fault(code))); done || err != nil {
				break
			}
		}
		if got := strings.Join(methods, " "); got != test.methods || done == test.fails || (err != nil) != test.fails {
			t.Errorf("%s: sent %s, done %t, error %v", test.name, got, done, err)
		}
	}
}
