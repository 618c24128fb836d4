package membership

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// accountRow is where it stands what an account was taken into use as: a row of its state table that belongs to no
// tenant. Its value is a version and text: of version 1 a Replication, of the others lines, a Replication first, then
// what there is to say of other accounts. Version 1 is written where there is one account, so that programs of before
// go on. Storages from before it get it from the first who looks.
var accountRow = chunks.Key{Partition: chunks.Partition{Table: chunks.State}, Row: "account"}

const (
	accountVersion  = 1
	accountsVersion = 2 // of before: no account says which storage it is of, and all of the list are in use
	severalVersion  = 3
)

// declaration is what stands in an account's row.
type declaration struct {
	replication string
	of          string   // of another: the name of home, and the date that its chunks begin with, as "home since DATE"
	storage     string   // of another: the id of the storage; "" in a row of before
	later       []string // of home: the accounts after it, as --account names them
	ready       int      // of home: how many of them are in use; init has not come to its end with the others

	form    byte // the version of the value
	version chunks.Version
}

func (d declaration) value() []byte {
	var lines []string
	switch d.form {
	case accountsVersion:
		lines = append([]string{string(d.replication), d.of}, d.later...)
	case severalVersion:
		lines = append([]string{string(d.replication), d.of, d.storage, strconv.Itoa(d.ready)}, d.later...)
	default:
		return append([]byte{accountVersion}, d.replication...)
	}
	return append([]byte{d.form}, strings.Join(lines, "\n")...)
}

func readDeclaration(ctx context.Context, rows chunks.Store) (declaration, error) {
	row, err := rows.Get(ctx, accountRow)
	d := declaration{version: row.Version}
	if err != nil {
		return d, err
	}
	var lines []string
	if len(row.Value) > 0 {
		d.form = row.Value[0]
		lines = strings.Split(string(row.Value[1:]), "\n")
	}
	d.replication = string(strings.Join(lines[:min(1, len(lines))], ""))
	switch {
	case d.form == accountVersion && len(lines) == 1:
		return d, nil
	case d.form == accountsVersion && len(lines) >= 2:
		d.of, d.later = lines[1], lines[2:]
		d.ready = len(d.later)
		return d, nil
	case d.form == severalVersion && len(lines) >= 4:
		d.of, d.storage, d.later = lines[1], lines[2], lines[4:]
		if d.ready, err = strconv.Atoi(lines[3]); err == nil && d.ready >= 0 && d.ready <= len(d.later) {
			return d, nil
		}
	}
	return d, fault.New(fault.Corrupt, "account", "what is written down of the account cannot be read: "+
		"this program is older than the storage, or the row is broken")
}

// write puts a declaration in the place of the one that was read.
func (d declaration) write(ctx context.Context, rows chunks.Store) error {
	return unlessRaced(rows.Apply(ctx, chunks.Change{Key: accountRow, Value: d.value(), If: d.version}))
}

// unlessRaced says what to do for whoever found that somebody else has written a row meanwhile.
func unlessRaced(err error) error {
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	return &fault.Error{Kind: fault.Conflict, Op: "account", Cause: err,
		Message: "somebody else has changed what is written down of the storage meanwhile: run it again"}
}

// declared is what the accounts of a configuration say of themselves and of one another in a storage.
func declared(all []Member, storage string) []declaration {
	out := make([]declaration, len(all))
	for i, g := range all {
		out[i] = declaration{replication: g.Replication, form: accountVersion}
		if len(all) > 1 {
			out[i].form = severalVersion
		}
		if i > 0 {
			out[i].of, out[i].storage = all[0].Name+" since "+g.Since, storage
			out[0].later = append(out[0].later, g.text())
		}
	}
	out[0].ready = len(out[0].later)
	return out
}

// storageRow is where home says which storage it is of, whatever its accounts are called, and which journal that has:
// a row of the state table that belongs to no tenant. Its value is the version and lines: a random id, the journal's
// generation, its region. Storages from before it get it from the first who looks.
var storageRow = chunks.Key{Partition: chunks.Partition{Table: chunks.State}, Row: "storage"}

const storageVersion = 1

// identity is what stands there.
type identity struct {
	storage            string
	generation, region string // of the journal

	version   chunks.Version
	committed time.Time
}

func (i identity) value() []byte {
	return append([]byte{storageVersion}, strings.Join([]string{i.storage, i.generation, i.region}, "\n")...)
}

func readIdentity(ctx context.Context, rows chunks.Store) (identity, error) {
	row, err := rows.Get(ctx, storageRow)
	if err != nil {
		return identity{version: row.Version}, err
	}
	if len(row.Value) > 0 && row.Value[0] == storageVersion {
		if lines := strings.Split(string(row.Value[1:]), "\n"); len(lines) == 3 {
			return identity{lines[0], lines[1], lines[2], row.Version, row.Committed}, nil
		}
	}
	return identity{}, fault.New(fault.Corrupt, "storage", "what is written down of the storage cannot be read: "+
		"this program is older than the storage, or the row is broken")
}

// has refuses a journal that is not the one which the storage has, nor its peer, nor the one in whose place it was put.
func (i identity) has(place journal.Place) error {
	if i.generation == place.Generation || i.generation == place.Peer.Generation {
		return nil
	}
	for _, r := range place.Retired {
		if i.generation == r.Generation {
			return nil
		}
	}
	return fault.New(fault.Conflict, "storage", "the storage has another journal: generation %s of region %s, and "+
		"this one is generation %s of region %s. Give it the journal that it has always had, as --journal-account. If "+
		"that is lost, stop all nodes and run `tidemark init --new-journal` once, which gives up what it holds and "+
		"was not compacted", i.generation, i.region, place.Generation, place.Region)
}
