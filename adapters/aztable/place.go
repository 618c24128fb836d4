package aztable

import (
	"context"
	"strconv"
	"time"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// Properties of the identity.
const (
	propRegion     = "region"
	propGen        = "generation"
	propBound      = "bound" // in nanoseconds, of a journal that is alone
	propPairBound  = "boundOfPair"
	propPeerRegion = "peerRegion"
	propPeerGen    = "peerGeneration"
	propUnfilled   = "unfilled"
	propRetired    = "retired" // region, generation and nanoseconds since 1970 of each
)

// notAlone stands for the bound of a journal that is not alone. A program of before reads a number there and refuses
// to start: it would write to one journal of two.
const notAlone = "this journal has, or had, a peer: use a program that knows peers"

// placeRow is the row of the identity.
func placeRow(p journal.Place) entity.Row {
	row := entity.New(partitionJournal, rowPlace).Str(propRegion, p.Region).Str(propGen, p.Generation)
	if p.Alone() {
		return row.Int(propBound, int64(p.Bound)).Small()
	}
	var retired []string
	for _, r := range p.Retired {
		retired = append(retired, r.Region, r.Generation, strconv.FormatInt(r.At.UnixNano(), 10))
	}
	return row.Str(propBound, notAlone).Int(propPairBound, int64(p.Bound)).Str(propPeerRegion, p.Peer.Region).
		Str(propPeerGen, p.Peer.Generation).Flag(propUnfilled, p.Unfilled).
		Str(propRetired, azkit.Encode(retired...)).Small()
}

// placeOf reads the row of the identity.
func placeOf(op string, row entity.Entity) (journal.Place, error) {
	p := journal.Place{Region: row.Str(propRegion), Generation: row.Str(propGen)}
	bound, err := row.Int(op, propPairBound)
	if err == nil && bound == 0 {
		bound, err = row.Int(op, propBound) // zero in a row from before it
		p.Bound = time.Duration(bound)
		return p.Whole(), err
	}
	p.Bound, p.Unfilled = time.Duration(bound), row.Flag(propUnfilled)
	p.Peer = journal.Peer{Region: row.Str(propPeerRegion), Generation: row.Str(propPeerGen)}
	var parts []string
	if text := row.Str(propRetired); text != "" {
		var ok bool
		if parts, ok = azkit.Decode(text); !ok || len(parts)%3 != 0 {
			return p, entity.Corrupt(op, "%q is no list of retired journals", text)
		}
	}
	for ; len(parts) > 0; parts = parts[3:] {
		at, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			return p, entity.Corrupt(op, "%q is no time", parts[2])
		}
		p.Retired = append(p.Retired, journal.Retired{Peer: journal.Peer{Region: parts[0], Generation: parts[1]},
			At: time.Unix(0, at).UTC()})
	}
	return p.Whole(), err
}

// Init implements journal.Directory.
func (d *Directory) Init(ctx context.Context, p journal.Place) error {
	const op = "journal.init"
	p = p.Whole()
	if err := p.Check(op); err != nil {
		return err
	}
	if err := d.table().create(ctx, op); err != nil {
		return azkit.Classify(ctx, op, azkit.Write, err)
	}
	err := d.table().insert(ctx, op, placeRow(p))
	if !rowExists(err) {
		return azkit.Classify(ctx, op, azkit.Write, err)
	}
	there, _, err := d.identity(ctx, op)
	if err == nil && !there.Equal(p) {
		err = fault.New(fault.Conflict, op, "this journal is generation %q of region %q with a bound of %s",
			there.Generation, there.Region, there.Bound)
	}
	return err
}

// Change implements journal.Directory: a compare-and-swap of the row of the identity.
func (d *Directory) Change(ctx context.Context, from, to journal.Place) error {
	const op = "journal.change"
	to = to.Whole()
	if err := from.CheckChange(op, to); err != nil {
		return err
	}
	for range attempts {
		there, row, err := d.identity(ctx, op)
		switch {
		case err != nil || there.Equal(to):
			return err
		case !there.Equal(from):
			return fault.New(fault.Conflict, op, "the journal's identity has changed")
		}
		err = d.table().replace(ctx, op, placeRow(to), row.ETag)
		if !versionMoved(err) {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	return fault.New(fault.Unavailable, op, "the journal's identity keeps changing")
}

func (d *Directory) identity(ctx context.Context, op string) (journal.Place, entity.Entity, error) {
	row, err := d.table().get(ctx, op, partitionJournal, rowPlace)
	if err != nil {
		return journal.Place{}, row, azkit.Classify(ctx, op, azkit.Read, err)
	}
	p, err := placeOf(op, row)
	return p, row, err
}
