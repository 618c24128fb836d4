package compose

import (
	"context"

	"tidemark/adapters/goruntime"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// accountRow is where it stands what the account was taken into use as: a row of the state table that belongs to no
// tenant. Its value is the version, 1, and a Replication. Storages from before it get it from the first who looks.
var accountRow = chunks.Key{Partition: chunks.Partition{Table: chunks.State}, Row: "account"}

const accountVersion = 1

// agree holds a node on an account to what the others take it for.
func (st *storage) agree(ctx context.Context, cfg Storage) error {
	if !cfg.Azure() {
		return nil
	}
	return agreeOnReplication(ctx, st.back.Rows, cfg.Replication)
}

// agreeOnReplication holds a node to what the others take the account for. One that takes an account for local which
// replicates drops from the journal what only the primary holds, and a failover loses it.
func agreeOnReplication(ctx context.Context, rows chunks.Store, mine Replication) error {
	written, _, err := readReplication(ctx, rows)
	if fault.Is(err, fault.NotFound) {
		err = rows.Apply(ctx, chunks.Change{Key: accountRow, Value: replicationValue(mine)})
		if err == nil || !fault.Is(err, fault.Conflict) {
			return err
		}
		written, _, err = readReplication(ctx, rows) // somebody else was first
	}
	if err != nil || written == mine {
		return err
	}
	return fault.New(fault.Conflict, "account", "the account is in use with --replication %s and this node has %s: "+
		"start every node with --replication %s. If the account itself was converted, stop all nodes and run "+
		"`tidemark init --converted --replication %s` once", written, mine, written, mine)
}

// redeclare writes down what the account is from now on.
func redeclare(ctx context.Context, rows chunks.Store, now Replication) error {
	_, version, err := readReplication(ctx, rows)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return rows.Apply(ctx, chunks.Change{Key: accountRow, Value: replicationValue(now), If: version})
}

func replicationValue(r Replication) []byte { return append([]byte{accountVersion}, r...) }

func readReplication(ctx context.Context, rows chunks.Store) (Replication, chunks.Version, error) {
	row, err := rows.Get(ctx, accountRow)
	if err != nil {
		return "", row.Version, err
	}
	if len(row.Value) < 1 || row.Value[0] != accountVersion {
		return "", row.Version, fault.New(fault.Corrupt, "account",
			"what is written down of the account cannot be read: "+
				"this program is older than the storage, or the row is broken")
	}
	return Replication(row.Value[1:]), row.Version, nil
}

// Convert writes down that an account was converted to what the configuration says, so that nodes with it start, and
// others do not any more. No node may run meanwhile.
func Convert(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	return withStorage(cfg, func(st *storage, s sched.Scheduler) error {
		if err := bounds.PrepareAhead(ctx, st.back.Directory, st.back.Rows, s.Now()); err != nil {
			return err
		}
		return redeclare(ctx, st.back.Rows, cfg.Storage.Replication)
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
