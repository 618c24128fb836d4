package aztable

import (
	"context"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/identity"
	"tidemark/adapters/aztable/internal/names"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// Where the identity is: in the table that whoever looks for a journal knows.
const rowPlace = "place"

var partitionJournal = entity.PartitionOf("s", "journal")

// identity reads the identity that is there, with its row.
func (c *Client) identity(ctx context.Context, op string) (journal.Place, entity.Entity, error) {
	row, err := c.table(names.Journal).Get(ctx, op, partitionJournal, rowPlace)
	if err != nil {
		return journal.Place{}, row, azkit.Classify(ctx, op, azkit.Read, err)
	}
	p, err := identity.Of(op, row)
	return p, row, err
}

// Know has the client work with one generation of the journal alone, before it has found any. "" is whichever it finds.
func (c *Client) Know(region, generation string) {
	c.journal.mu.Lock()
	defer c.journal.mu.Unlock()
	c.journal.known = journal.Known{Region: region, Generation: generation}
}

// named is the names of the journal's tables, from the identity when they are asked for first.
func (c *Client) named(ctx context.Context) (names.Of, error) {
	g := &c.journal
	g.mu.Lock()
	n, asked := g.names, g.asked
	g.mu.Unlock()
	if asked {
		return n, nil
	}
	if err := c.still(ctx, "journal.identity"); err != nil {
		return "", err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.names, nil
}

// still reads the identity: fault.Unavailable where it is not that of the generation that is known.
func (c *Client) still(ctx context.Context, op string) error {
	p, row, err := c.identity(ctx, "journal.identity")
	moved, err := c.met(op, p, row, err)
	if err == nil && moved {
		err = fault.New(fault.Unavailable, op, "the journal was initialised meanwhile: try again")
	}
	return err
}

// met is what an identity that was read says of the generation that is known.
func (c *Client) met(op string, p journal.Place, row entity.Entity, err error) (moved bool, _ error) {
	switch {
	case err == nil:
		return c.journal.meet(op, &p, names.Of(identity.Tables(row)))
	case fault.Is(err, fault.NotFound):
		return c.journal.meet(op, nil, "")
	}
	return false, err
}

// missing is an answer that a table of the journal is not there, as an error if the reason is that its generation is
// not. Any other error stays what it is.
func (c *Client) missing(ctx context.Context, op string, err error) error {
	if !tables.Missing(err) {
		return err
	}
	if gone := c.still(ctx, op); gone != nil {
		return gone
	}
	return err
}

// absent is missing for who finds nothing where there is no table.
func (c *Client) absent(ctx context.Context, op string, err error) error {
	if err = c.missing(ctx, op, err); tables.Missing(err) {
		return nil
	}
	return azkit.Classify(ctx, op, azkit.Read, err)
}
