package compose

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"tidemark/adapters/goruntime"
	"tidemark/domain/bounds"
	"tidemark/domain/catalogue"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// accountRow is where it stands what an account was taken into use as: a row of its state table that belongs to no
// tenant. Its value is a version and text: of version 1 a Replication, of version 2 lines, a Replication first, then
// what there is to say of other accounts. Version 2 is written only where there are several, so that a program that
// knows of one only does not start. Storages from before it get it from the first who looks.
var accountRow = chunks.Key{Partition: chunks.Partition{Table: chunks.State}, Row: "account"}

const (
	accountVersion  = 1
	accountsVersion = 2
)

// declaration is what stands in an account's row.
type declaration struct {
	replication Replication
	later       []string // of home: the accounts after it, as --account names them
	of          string   // of another: the name of home, and the date that its chunks begin with, as "home since DATE"

	version chunks.Version // of the row
}

func (d declaration) value() []byte {
	if len(d.later) == 0 && d.of == "" {
		return append([]byte{accountVersion}, d.replication...)
	}
	lines := append([]string{string(d.replication), d.of}, d.later...)
	return append([]byte{accountsVersion}, strings.Join(lines, "\n")...)
}

func readDeclaration(ctx context.Context, rows chunks.Store) (declaration, error) {
	row, err := rows.Get(ctx, accountRow)
	if err != nil {
		return declaration{version: row.Version}, err
	}
	d := declaration{version: row.Version}
	version, text := row.Value[:min(1, len(row.Value))], row.Value[min(1, len(row.Value)):]
	lines := strings.Split(string(text), "\n")
	switch {
	case bytes.Equal(version, []byte{accountVersion}):
		d.replication = Replication(text)
	case bytes.Equal(version, []byte{accountsVersion}) && len(lines) >= 2:
		d.replication, d.of, d.later = Replication(lines[0]), lines[1], lines[2:]
	default:
		return d, fault.New(fault.Corrupt, "account",
			"what is written down of the account cannot be read: "+
				"this program is older than the storage, or the row is broken")
	}
	return d, nil
}

// write puts a declaration in the place of the one that was read.
func (d declaration) write(ctx context.Context, rows chunks.Store) error {
	return rows.Apply(ctx, chunks.Change{Key: accountRow, Value: d.value(), If: d.version})
}

// declared is what the accounts of a configuration say of themselves and of one another.
func declared(all []generation) []declaration {
	out := make([]declaration, len(all))
	for i, g := range all {
		out[i].replication = g.replication
		if i > 0 {
			out[i].of = all[0].name + " since " + g.since
			out[0].later = append(out[0].later, g.text())
		}
	}
	return out
}

// agree holds a node on accounts to what the others take them for.
func (st *storage) agree(ctx context.Context, cfg Storage) error {
	if !cfg.Azure() {
		return nil
	}
	var none problems
	all := cfg.generations(&none)
	for i, mine := range declared(all) {
		if err := agreeOn(ctx, st.back.Rows.At(i).Rows, i, all, mine); err != nil {
			return err
		}
	}
	return nil
}

// agreeAtHome holds a node that runs to what is written down at home. One that goes on after an account was added would
// fold new years into an old account and drop them from the journal, and nobody would find them there.
func (st *storage) agreeAtHome(ctx context.Context, cfg Storage) error {
	var none problems
	all := cfg.generations(&none)
	return agreeOn(ctx, st.back.Rows.At(0).Rows, 0, all, declared(all)[0])
}

// agreeOn holds a node to what the others take an account for. One that takes an account for local which replicates
// drops from the journal what only the primary holds, and a failover loses it. One that knows of fewer accounts answers
// without what the others hold.
func agreeOn(ctx context.Context, rows chunks.Store, place int, all []generation, mine declaration) error {
	written, err := readDeclaration(ctx, rows)
	if fault.Is(err, fault.NotFound) && len(all) == 1 {
		err = mine.write(ctx, rows)
		if err == nil || !fault.Is(err, fault.Conflict) {
			return err
		}
		written, err = readDeclaration(ctx, rows) // somebody else was first
	}
	if err != nil {
		return err
	}
	if err := mine.fits(written, place, all); err != nil {
		return err
	}
	if written.replication == mine.replication {
		return nil
	}
	which, each := "", "--replication "+string(written.replication)
	if len(all) > 1 {
		which = " " + all[place].name
		each += " in its place"
	}
	return fault.New(fault.Conflict, "account", "the account%s is in use with --replication %s and this node has %s: "+
		"start every node with %s. If the account itself was converted, stop all nodes and run "+
		"`tidemark init --converted --replication %s` once", which, written.replication, mine.replication, each,
		mine.replication)
}

// fits refuses accounts that are not those of the storage.
func (d declaration) fits(written declaration, place int, all []generation) error {
	const op = "account"
	home, since, _ := strings.Cut(written.of, " since ")
	switch {
	case place == 0 && written.of != "":
		return fault.New(fault.Conflict, op, "the account %[1]s keeps the chunks of the storage of account %[2]s "+
			"from %[3]s on: "+
			"name that first, as --account %[2]s --account %[1]s@%[3]s", all[0].name, home, since)
	case place > 0 && written.of == "":
		return fault.New(fault.Conflict, op, "the account %s is in use as a storage of its own: "+
			"name one that is not in use with --account", all[place].text())
	case place > 0 && written.of != d.of:
		return fault.New(fault.Conflict, op, "the account %[1]s keeps the chunks of the storage of account %[2]s "+
			"from %[3]s on: "+
			"start every node with --account %[2]s --account %[1]s@%[3]s", all[place].name, home, since)
	case place == 0 && !slices.Equal(written.later, d.later):
		if n := len(written.later); n < len(d.later) && slices.Equal(written.later, d.later[:n]) {
			return fault.New(fault.Conflict, op, "the account %s is not yet taken into use: stop all nodes, "+
				"run `tidemark init` once with the same settings, and start every node with them", d.later[n])
		}
		return fault.New(fault.Conflict, op, "the storage has its chunks in several accounts: start every node with "+
			"--account %s", strings.Join(append([]string{all[0].name}, written.later...), " --account "))
	}
	return nil
}

// take takes accounts into use that the storage has not had: it writes down in each of which storage it is, and then
// at home that there is another. Readings that are there stay where they are, so an account cannot begin with a year
// that the one before it has readings of.
func (st *storage) take(ctx context.Context, cfg Storage) error {
	var none problems
	all := cfg.generations(&none)
	if !cfg.Azure() || len(all) == 1 {
		return nil
	}
	home := st.back.Rows.At(0).Rows
	mine := declared(all)
	written, err := readDeclaration(ctx, home)
	if fault.Is(err, fault.NotFound) {
		written, err = declaration{replication: mine[0].replication}, nil
	}
	if err != nil {
		return err
	}
	had := len(written.later)
	if written.of != "" || had > len(mine[0].later) || !slices.Equal(written.later, mine[0].later[:had]) {
		return nil // agree says why not
	}
	if had < len(mine[0].later) {
		if err := st.free(ctx, all[had+1]); err != nil {
			return err
		}
	}
	for place := 1; place < len(all); place++ {
		if err := mine[place].give(ctx, st.back.Rows.At(place).Rows, place, all); err != nil {
			return err
		}
	}
	if had == len(mine[0].later) {
		return nil
	}
	written.later = mine[0].later
	return written.write(ctx, home)
}

// give writes a declaration into an account that has none. One of another storage is refused.
func (d declaration) give(ctx context.Context, rows chunks.Store, place int, all []generation) error {
	if err := rows.Prepare(ctx); err != nil {
		return err
	}
	err := d.write(ctx, rows)
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	there, err := readDeclaration(ctx, rows)
	if err != nil {
		return err
	}
	return d.fits(there, place, all)
}

// notOfAnother refuses a first account that keeps chunks of another storage.
func (st *storage) notOfAnother(ctx context.Context, cfg Storage) error {
	if !cfg.Azure() {
		return nil
	}
	written, err := readDeclaration(ctx, st.back.Rows.At(0).Rows)
	if err != nil || written.of == "" {
		return nil // what is wrong with it is said where it is needed
	}
	var none problems
	all := cfg.generations(&none)
	return declared(all)[0].fits(written, 0, all)
}

// free refuses an account that would begin before readings which are there already.
func (st *storage) free(ctx context.Context, next generation) error {
	shards, err := bounds.Registered(ctx, st.back.Directory)
	if err != nil {
		return err
	}
	for _, r := range shards {
		last, any, err := catalogue.LastYear(ctx, st.back.Rows, r.Shard.Tenant)
		if err != nil {
			return err
		}
		if any && last >= next.from {
			return fault.New(fault.Conflict, "account", "there are readings of %s or later already, and they stay "+
				"where they are: let the new account begin with later ones, as --account %s@%s", next.since, next.name,
				dateOf(last+1))
		}
	}
	return nil
}

// redeclare writes down what an account is from now on.
func redeclare(ctx context.Context, rows chunks.Store, now Replication) error {
	d, err := readDeclaration(ctx, rows)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	d.replication = now
	return d.write(ctx, rows)
}

// Convert writes down that accounts were converted to what the configuration says, so that nodes with it start, and
// others do not any more. No node may run meanwhile.
func Convert(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	return withStorage(cfg, func(st *storage, s sched.Scheduler) error {
		if err := bounds.PrepareAhead(ctx, st.back.Directory, st.back.Rows, s.Now()); err != nil {
			return err
		}
		var none problems
		for i, g := range cfg.Storage.generations(&none) {
			rows := st.back.Rows.At(i).Rows
			if _, err := readDeclaration(ctx, rows); i > 0 && fault.Is(err, fault.NotFound) {
				continue // not in use yet
			}
			if err := redeclare(ctx, rows, g.replication); err != nil {
				return fmt.Errorf("the account %s: %w", g.name, err)
			}
		}
		return nil
	})
}

// withStorage opens a storage for as long as f runs.
func withStorage(cfg Config, f func(*storage, sched.Scheduler) error) error {
	s := goruntime.New()
	st, err := openStorage(cfg.Storage, s, silent())
	if err != nil {
		return err
	}
	if err := f(st, s); err != nil {
		_ = st.close()
		return err
	}
	return st.close()
}
