package aztable

import (
	"bytes"
	"cmp"
	"context"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/ports/journal"
)

// Append implements journal.Journal with one batch as a rule: {insert the block, merge row b if it is there}, or for
// the first number {insert a, insert b, insert the block}.
func (j *Journal) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	const op = "journal.append"
	p, err := j.place(ctx, op, a.At.Stream)
	if err != nil {
		return journal.Stored{}, err
	}
	if err := cmp.Or(checkNumber(op, a.At.Number), journal.CheckBlock(op, a.At.Number, a.Block)); err != nil {
		return journal.Stored{}, err
	}
	block, err := p.blockRows(op, journal.Entry{Number: a.At.Number, Stamp: a.Stamp, Block: a.Block})
	if err != nil {
		return journal.Stored{}, err
	}
	step := p.appendBlock
	if a.At.Number == 1 {
		step = p.giveBirth
	}
	for range attempts {
		stored, next, err := step(ctx, op, a, block)
		switch {
		case tables.Missing(err):
			return journal.Stored{}, j.missingTable(ctx, op, a.At.Stream.Day, err)
		case err != nil:
			return journal.Stored{}, azkit.Classify(ctx, op, azkit.Write, err)
		case next == nil:
			return stored, nil
		}
		step = next
	}
	return journal.Stored{}, fault.New(fault.Unavailable, op, "stream %s keeps changing", a.At.Stream)
}

// appendStep tries one way to append. It gives the step to try next, or nil when it is done.
type appendStep func(ctx context.Context, op string, a journal.Append,
	block []entity.Row) (journal.Stored, appendStep, error)

// giveBirth makes the stream with its first block.
func (p place) giveBirth(ctx context.Context, op string, a journal.Append,
	block []entity.Row) (journal.Stored, appendStep, error) {
	actions := append(make([]azkit.Action, 0, 4),
		tables.Insertion(entity.New(p.Partition, p.index(kindBirth)).Flag(propLive, true).
			Str(propContinues, encodeStream(a.Continues)).Small()),
		tables.Insertion(versioned(entity.New(p.Partition, p.index(kindOpen)).Flag(propLive, true)).Small()))
	for _, part := range block {
		actions = append(actions, tables.Insertion(part))
	}
	at, err := p.Batch(ctx, op, actions)
	if tables.RowExists(err) {
		return journal.Stored{}, p.appendBlock, nil // born already, perhaps by a try whose answer was lost
	}
	return journal.Stored{By: at, Now: at}, nil, err
}

// appendBlock adds a block to an open stream.
func (p place) appendBlock(ctx context.Context, op string, a journal.Append,
	block []entity.Row) (journal.Stored, appendStep, error) {
	actions := make([]azkit.Action, 0, 3)
	for _, part := range block {
		actions = append(actions, tables.Insertion(part)) // first: a taken number has to be told from an ended stream
	}
	actions = append(actions,
		tables.Merge(versioned(entity.New(p.Partition, p.index(kindOpen))).Small(), azcore.ETagAny))
	at, err := p.Batch(ctx, op, actions)
	switch {
	case tables.RowExists(err):
		return p.compare(ctx, op, a)
	case tables.RowMissing(err):
		return p.notOpen(ctx, op, a, err)
	}
	return journal.Stored{By: at, Now: at}, nil, err
}

// notOpen decides what to do when row b is not there.
func (p place) notOpen(ctx context.Context, op string, a journal.Append,
	cause error) (journal.Stored, appendStep, error) {
	birth, err := p.Get(ctx, op, p.Partition, p.index(kindBirth))
	switch {
	case tables.RowMissing(err):
		return journal.Stored{}, p.giveBirth, nil
	case err != nil:
		return journal.Stored{}, nil, azkit.Classify(ctx, op, azkit.Read, err)
	}
	st := stream.Of(birth.Flag(propEnded), false, 0, 0, birth.At)
	_, _, err = st.Step(stream.Append{Number: a.At.Number}, birth.At)
	if err != nil {
		return journal.Stored{}, nil, because(err, cause)
	}
	return journal.Stored{}, p.appendBlock, nil // born in between
}

// because is a refusal with the service's answer for the log.
func because(refusal, answer error) error {
	var f *fault.Error
	if errors.As(refusal, &f) {
		f.Cause = answer
	}
	return refusal
}

// compare decides what to do when the number is taken.
func (p place) compare(ctx context.Context, op string, a journal.Append) (journal.Stored, appendStep, error) {
	there, storedBy, err := p.readBlock(ctx, op, a.At.Number)
	switch {
	case tables.RowMissing(err):
		return journal.Stored{}, p.appendBlock, nil // swept in between
	case err != nil:
		// it may be what an earlier try stored
		return journal.Stored{}, nil, azkit.Unsure(azkit.Classify(ctx, op, azkit.Read, err))
	}
	e := stream.Append{Number: a.At.Number, Held: held(there, journal.Entry{Block: a.Block})}
	var st journal.State // of which only another block has to be judged
	if e.Held == stream.Another {
		rows, err := p.readIndex(ctx, op)
		if err != nil {
			return journal.Stored{}, nil, azkit.Unsure(azkit.Classify(ctx, op, azkit.Read, err))
		}
		if st, err = rows.state(op, p.stream); err != nil {
			return journal.Stored{}, nil, err
		}
	}
	if _, _, err := st.Step(e, storedBy); err != nil {
		return journal.Stored{}, nil, err
	}
	return journal.Stored{By: storedBy}, nil, nil
}

// held is what lies under the number of an entry that comes.
func held(there, comes journal.Entry) stream.Held {
	switch {
	case there.Void == comes.Void && bytes.Equal(there.Block, comes.Block):
		return stream.Same
	case there.Void:
		return stream.Void
	}
	return stream.Another
}
