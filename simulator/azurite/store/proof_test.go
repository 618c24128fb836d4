package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/simulator/account"
	"tidemark/simulator/account/accounttest"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/azurite/store"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/odata"
	"tidemark/simulator/wire/sharedkey"
	"tidemark/simulator/wire/tables"
)

// storage is two Azurites as the proof of the driver wants them.
type storage struct{ *store.Store }

func (storage) Write(p georep.Partition, stamp time.Time, ops ...accounttest.Op) account.Payload {
	w := &tables.Replica{Table: p.Container, Kind: inject.Batch}
	for _, op := range ops {
		switch op.Kind {
		case accounttest.Make:
			w.Kind = inject.CreateTable
		case accounttest.Drop:
			w.Kind = inject.DeleteTable
		case accounttest.Delete:
			w.Rows = append(w.Rows, tables.ReplicaRow{Kind: inject.Delete, PartitionKey: p.Key, RowKey: op.Row})
		default:
			body, _ := json.Marshal(map[string]string{"PartitionKey": p.Key, "RowKey": op.Row, "value": op.Value,
				odata.Carrier: odata.StampText(stamp)}) // strings always marshal
			w.Rows = append(w.Rows, tables.ReplicaRow{Kind: inject.Upsert, PartitionKey: p.Key, RowKey: op.Row,
				Body: body})
		}
	}
	return store.TableChange{Replica: w}
}

func (s storage) Rows(ctx context.Context, in georep.Region, table, key string) (map[string]accounttest.Row, error) {
	rows := map[string]accounttest.Row{}
	err := s.Each(ctx, in, table, key, func(r *store.Row) error {
		var value string
		if err := json.Unmarshal(r.Field("value"), &value); err != nil {
			return fmt.Errorf("row %q: %w", r.Key, err)
		}
		rows[r.Key] = accounttest.Row{Value: value, Stamp: r.Stamp}
		return nil
	})
	return rows, err
}

// TestProof: the driver over two Azurites, in real time.
func TestProof(t *testing.T) {
	west := azuritetest.Require(t, azurite.Options{})
	accounttest.Run(t, func(t *testing.T) accounttest.Harness {
		east, a := azuritetest.Account(t)
		if _, err := west.AddAccount(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		key, err := sharedkey.New(a.Name, a.Key)
		if err != nil {
			t.Fatal(err)
		}
		s := goruntime.New()
		where := map[georep.Region]store.Address{"east": address(east), "west": address(west)}
		of := store.New(store.Options{Account: a.Name, Sign: key, Sched: s,
			Where: func(r georep.Region) store.Address { return where[r] }, Do: http.DefaultTransport.RoundTrip})
		return accounttest.Harness{Storage: storage{of}, Sched: s, Run: func(body func()) error { body(); return nil }}
	})
}

func address(s *azurite.Server) store.Address {
	return store.Address{Table: strings.TrimSuffix(s.TableURL("x"), "/x"),
		Queue: strings.TrimSuffix(s.QueueURL("x"), "/x")}
}
