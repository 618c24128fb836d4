package membership

import (
	"context"
	"slices"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// take makes the accounts of a configuration those of the storage. Readings that are there stay where they are, so an
// account cannot begin with a year that the one before it has readings of.
func (t *taker) take(ctx context.Context) error {
	home := t.Accounts.At(0).Rows
	written, err := readDeclaration(ctx, home)
	if fault.Is(err, fault.NotFound) {
		written, err = declaration{replication: t.mine[0].replication}, nil
	}
	if err != nil {
		return err
	}
	want := t.mine[0].later
	begun := len(written.later) > written.ready
	switch n := written.ready; {
	case written.of != "" || n > len(want) || !slices.Equal(written.later[:n], want[:n]):
		return nil // agree says why not
	case len(want) == 0 && !begun, n == len(want) && !begun && written.form == severalVersion:
		return nil
	case len(want) == 0: // what was begun is given up
		written.form, written.later = accountVersion, nil
		return written.write(ctx, home)
	}
	if err := t.free(ctx, written.ready); err != nil {
		return err
	}
	if err := t.settled(ctx, line{0, storageRow, t.is.value()}); err != nil {
		return err
	}
	if !slices.Equal(written.later, want) {
		written.form, written.later = severalVersion, want
		if err := written.write(ctx, home); err != nil {
			return err
		}
	}
	return t.finish(ctx, written)
}

// finish has every account say of which storage it is, and home that all are in use.
func (t *taker) finish(ctx context.Context, written declaration) error {
	lines := []line{{0, accountRow, written.value()}}
	for place := 1; place < len(t.all); place++ {
		given, err := t.give(ctx, place, written)
		if err != nil {
			return err
		}
		lines = append(lines, line{place, accountRow, given.value()})
	}
	if err := t.settled(ctx, lines...); err != nil {
		return err
	}
	// a pass that was under way when home heard of it may have folded a year into the account before
	if err := t.free(ctx, written.ready); err != nil {
		return err
	}
	home := t.Accounts.At(0).Rows
	written, err := readDeclaration(ctx, home)
	if err != nil {
		return err
	}
	written.form, written.ready = severalVersion, len(written.later)
	return written.write(ctx, home)
}

// give has another account say of which storage it is, and gives what it says. One that does not say so yet has to hold
// nothing: unless home has had it in use, whatever it holds is of another storage.
func (t *taker) give(ctx context.Context, place int, home declaration) (declaration, error) {
	rows, mine := t.Accounts.At(place).Rows, t.mine[place]
	inUse := place <= home.ready
	if err := rows.Prepare(ctx); err != nil {
		return mine, err
	}
	there, err := readDeclaration(ctx, rows)
	absent := fault.Is(err, fault.NotFound)
	if err == nil {
		err = mine.whose(there, place, t.all)
	}
	if err != nil && !absent {
		return there, err
	}
	switch {
	case there.of == mine.of && there.storage == mine.storage:
		return there, nil
	case absent && inUse && home.form == severalVersion:
		return there, nothingOf(t.all[place])
	case inUse && !absent: // of before there were ids
		err = mine.same(there, place, t.all)
	default:
		err = t.unused(ctx, place, absent)
	}
	if err != nil {
		return there, err
	}
	mine.version = there.version
	if !absent {
		mine.replication = there.replication
	}
	return mine, mine.write(ctx, rows)
}

// unused refuses an account that holds something of another storage.
func (t *taker) unused(ctx context.Context, place int, absent bool) error {
	_, holds, err := t.all[place].Contents.LastYear(ctx)
	if err == nil && absent && !holds {
		var bare bool
		bare, err = t.all[place].Contents.Bare(ctx)
		holds = !bare
	}
	if err != nil || !holds {
		return err
	}
	return fault.New(fault.Conflict, "account", "the account %s holds rows of a storage already, and the one of "+
		"account %s has not had it: name one that is not in use with --account", t.all[place].Name, t.all[0].Name)
}

// free refuses an account that would begin before readings which are there already. The account itself knows: a journal
// knows only what was written through it.
func (t *taker) free(ctx context.Context, ready int) error {
	if ready+1 >= len(t.all) {
		return nil
	}
	next := t.all[ready+1]
	last, any, err := t.all[ready].Contents.LastYear(ctx)
	if err != nil || !any || last < next.From {
		return err
	}
	return fault.New(fault.Conflict, "account", "there are readings of %s or later already, and they stay "+
		"where they are: let the new account begin with later ones, as --account %s@%s", next.Since, next.Name,
		dateOf(last+1))
}

// NotOfAnother refuses accounts that keep chunks of another storage, before anything is made in one.
func (st Storage) NotOfAnother(ctx context.Context) error {
	all := st.Members
	is, err := readIdentity(ctx, st.Accounts.At(0).Rows)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	for place, mine := range declared(all, is.storage) {
		written, err := readDeclaration(ctx, st.Accounts.At(place).Rows)
		if err == nil {
			err = mine.whose(written, place, all)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// Take makes the accounts of a configuration, and its journal, those of the storage. Doing it again changes nothing,
// and goes on where it was cut short. What cannot be is fault.Conflict: a journal that is not the storage's, an account
// of another, a date before readings that are there. What Agree refuses it may leave to that.
func (st Storage) Take(ctx context.Context, s sched.Scheduler, how Taking) error {
	is, err := st.knows(ctx, how.Journal, how.NewJournal)
	if err != nil {
		return err
	}
	how.Settling = how.Settling.WithDefaults()
	t := &taker{Storage: st, Taking: how, sched: s, all: st.Members, is: is, mine: declared(st.Members, is.storage)}
	return t.take(ctx)
}

// knows is what home says of the storage, whose journal is the one at hand, or becomes it.
func (st Storage) knows(ctx context.Context, place journal.Place, anew bool) (identity, error) {
	home := st.Accounts.At(0).Rows
	is, err := known(ctx, home, place)
	switch {
	case err != nil:
		return is, err
	case !anew:
		return is, is.has(place)
	case is.generation == place.Generation:
		return is, nil
	}
	is.generation, is.region = place.Generation, place.Region
	err = home.Apply(ctx, chunks.Change{Key: storageRow, Value: is.value(), If: is.version})
	return is, unlessRaced(err)
}

// Convert writes down what the accounts of a storage are from now on: all of them, or none. Those that are not in use
// yet say so when they are.
func (st Storage) Convert(ctx context.Context) error {
	all := st.Members
	now := map[int]declaration{}
	for place, mine := range declared(all, "") {
		written, err := readDeclaration(ctx, st.Accounts.At(place).Rows)
		switch {
		case place > 0 && fault.Is(err, fault.NotFound):
			continue
		case fault.Is(err, fault.NotFound):
			written, err = declaration{form: accountVersion}, nil
		case err == nil && place > 0:
			err = mine.same(written, place, all)
		}
		if err != nil {
			return err
		}
		written.replication = mine.replication
		now[place] = written
	}
	for place, d := range now {
		if err := d.write(ctx, st.Accounts.At(place).Rows); err != nil {
			return err
		}
	}
	return nil
}
