package membership

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// known is what home says of the storage. One that says nothing yet is told; the journal is the one at hand. Of several
// who tell it at once one wins.
func known(ctx context.Context, home chunks.Store, place journal.Place) (identity, error) {
	is, err := readIdentity(ctx, home)
	if fault.Is(err, fault.NotFound) {
		is = identity{storage: rand.Text(), generation: place.Generation, region: place.Region}
		err = home.Apply(ctx, chunks.Change{Key: storageRow, Value: is.value()})
		if err == nil || fault.Is(err, fault.Conflict) {
			is, err = readIdentity(ctx, home)
		}
	}
	return is, err
}

// Agree holds a node on accounts and a journal to what the others take them for: fault.Conflict says what to give it.
// Of accounts that do not answer within bounds.AnswersWithin it gives what they have to be asked before anything else,
// by their places. Home has to answer, unless the journal says itself what a node needs.
func (st Storage) Agree(ctx context.Context, s sched.Scheduler, journal journal.Place) (unseen map[int]Check,
	err error) {
	unseen = map[int]Check{}
	for i := 0; i < len(st.Members) && err == nil; i++ {
		check := st.check(i, journal)
		if i == 0 && !Ready(journal) {
			err = check(ctx, st.Accounts.At(0).Rows)
			continue
		}
		bounded, cancel := s.WithTimeout(ctx, bounds.AnswersWithin)
		err = check(bounded, st.Accounts.At(i).Rows)
		cancel()
		if silent := fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Canceled); silent && ctx.Err() == nil {
			unseen[i], err = check, nil
		}
	}
	return unseen, err
}

// Ready reports whether a journal says what a node needs to start that no account answers.
func Ready(journal journal.Place) bool { return journal.Shards != 0 && journal.CursorKey != "" }

// check is what the account at a place is asked before anything else.
func (st Storage) check(place int, journal journal.Place) Check {
	all, home := st.Members, st.Accounts.At(0).Rows
	if place == 0 {
		return func(ctx context.Context, rows chunks.Store) error {
			if err := agreeOn(ctx, rows, 0, all, declared(all, "")[0]); err != nil {
				return err
			}
			is, err := known(ctx, rows, journal)
			if err == nil {
				err = is.has(journal)
			}
			return err
		}
	}
	return func(ctx context.Context, rows chunks.Store) error {
		is, err := known(ctx, home, journal) // home says whose the others have to be
		if err != nil {
			return err
		}
		return agreeOn(ctx, rows, place, all, declared(all, is.storage)[place])
	}
}

// Seen is Agree where every account has to answer.
func (st Storage) Seen(ctx context.Context, s sched.Scheduler, journal journal.Place) error {
	unseen, err := st.Agree(ctx, s, journal)
	for place := range unseen {
		return fault.New(fault.Unavailable, "account", "the account %s does not answer", st.Members[place].text())
	}
	return err
}

// AgreeAtHome holds a node that runs to what is written down at home. One that goes on after an account was added would
// fold new years into an old account and drop them from the journal, and nobody would find them there.
func (st Storage) AgreeAtHome(ctx context.Context) error {
	all := st.Members
	return agreeOn(ctx, st.Accounts.At(0).Rows, 0, all, declared(all, "")[0])
}

// agreeOn holds a node to what the others take an account for. One that takes an account for local which replicates
// drops from the journal what only the primary holds, and a failover loses it. One that knows of fewer accounts answers
// without what the others hold.
func agreeOn(ctx context.Context, rows chunks.Store, place int, all []Member, mine declaration) error {
	written, err := readDeclaration(ctx, rows)
	switch {
	case !fault.Is(err, fault.NotFound):
	case place > 0:
		return nothingOf(all[place])
	case len(all) == 1:
		err = rows.Apply(ctx, chunks.Change{Key: accountRow, Value: mine.value()})
		if err == nil || !fault.Is(err, fault.Conflict) {
			return err
		}
		written, err = readDeclaration(ctx, rows) // somebody else was first
	}
	if err != nil {
		return err
	}
	if err := mine.whose(written, place, all); err != nil {
		return err
	}
	if err := mine.same(written, place, all); err != nil {
		return err
	}
	if written.replication == mine.replication {
		return nil
	}
	which, each := "", "--replication "+string(written.replication)
	if len(all) > 1 {
		which = " " + all[place].Name
		each += " in its place"
	}
	return fault.New(fault.Conflict, "account", "the account%s is in use with --replication %s and this node has %s: "+
		"start every node with %s. If the account itself was converted, stop all nodes and run "+
		"`tidemark init --converted --replication %s` once", which, written.replication, mine.replication, each,
		mine.replication)
}

// nothingOf refuses an account that the storage has, and in which nothing is written down of it. That was replicated
// before the first node started, so no failover took it back.
func nothingOf(g Member) error {
	return fault.New(fault.Conflict, "account", "the account %s has the readings from %s on, and in this one "+
		"nothing is written down of the storage: it is another account of that name, or somebody has emptied it. Give "+
		"the name, key and address of the one that the storage has", g.Name, g.Since)
}

// whose refuses an account that is not of this storage.
func (d declaration) whose(written declaration, place int, all []Member) error {
	const op = "account"
	home, since, _ := strings.Cut(written.of, " since ")
	mine, _, _ := strings.Cut(d.of, " since ")
	switch {
	case place == 0 && written.of != "":
		return fault.New(fault.Conflict, op, "the account %[1]s keeps the chunks of the storage of account %[2]s "+
			"from %[3]s on: "+
			"name that first, as --account %[2]s --account %[1]s@%[3]s", all[0].Name, home, since)
	case place > 0 && written.of == "":
		return fault.New(fault.Conflict, op, "the account %s is in use as a storage of its own: "+
			"name one that is not in use with --account", all[place].text())
	case place > 0 && home != mine:
		return fault.New(fault.Conflict, op, "the account %[1]s keeps the chunks of the storage of account %[2]s "+
			"from %[3]s on: "+
			"start every node with --account %[2]s --account %[1]s@%[3]s", all[place].Name, home, since)
	case place > 0 && written.storage != "" && written.storage != d.storage:
		return fault.New(fault.Conflict, op, "the account %[1]s keeps the chunks of another storage, whose first "+
			"account is called %[2]s as well: this %[2]s was begun anew, or is another one. Name an account that "+
			"is not in use",
			all[place].Name, home)
	}
	return nil
}

// same refuses accounts that are not those of the storage, or begin on other dates.
func (d declaration) same(written declaration, place int, all []Member) error {
	const op = "account"
	every := "--account " + strings.Join(append([]string{all[0].Name}, written.later...), " --account ")
	switch {
	case place > 0 && written.of != d.of:
		home, since, _ := strings.Cut(written.of, " since ")
		return fault.New(fault.Conflict, op, "the account %[1]s keeps the chunks of the storage of account %[2]s "+
			"from %[3]s on: "+
			"start every node with --account %[2]s --account %[1]s@%[3]s", all[place].Name, home, since)
	case place > 0:
	case written.ready < len(written.later):
		return fault.New(fault.Conflict, op, "the account %s is being taken into use, and `tidemark init` has not "+
			"come to its end: run it again with %s, and start every node with them when it says that the journal is "+
			"ready",
			written.later[written.ready], every)
	case !slices.Equal(written.later, d.later):
		if n := len(written.later); n < len(d.later) && slices.Equal(written.later, d.later[:n]) {
			return fault.New(fault.Conflict, op, "the account %s is not yet taken into use: stop all nodes, "+
				"run `tidemark init` once with the same settings, and start every node with them", d.later[n])
		}
		return fault.New(fault.Conflict, op, "the storage has its chunks in several accounts: start every node with %s",
			every)
	}
	return nil
}
