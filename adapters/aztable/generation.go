package aztable

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"sync"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/identity"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// names begins the names of the tables of a generation of the journal. "" is that of a journal whose tables are called
// as before generations had a part in it: such a one is always the first of its account.
type names string

// namesOf is what the tables of a new generation begin with: a letter that no other table begins with, and 26 letters
// and digits, which are different ones for each generation. Table names have 3 to 63 letters and digits, and upper and
// lower case are the same to the service.
func namesOf(generation string) names {
	sum := sha256.Sum256([]byte(generation))
	return names("G" + base32.StdEncoding.EncodeToString(sum[:])[:26])
}

// registry is the table that has the shards and what was expired.
func (n names) registry() string {
	if n == "" {
		return tableJournal
	}
	return string(n) + "S"
}

// period is the table of a day's streams. false for days that no table can be named after.
func (n names) period(d telemetry.Day) (string, bool) {
	t := d.Start()
	if t.Year() < 1 || t.Year() > 9999 {
		return "", false
	}
	return n.periods() + t.Format("200601"), true
}

// periods begins the names of the tables of all periods.
func (n names) periods() string {
	if n == "" {
		return "J"
	}
	return string(n)
}

// generation is what a client knows of the journal in its account. It is safe for concurrent use.
type generation struct {
	mu    sync.Mutex // guards what follows
	known journal.Known
	names names
	asked bool // names are those of what is known, or of a journal that was never initialised
}

// Know has the client work with one generation of the journal alone, before it has found any. "" is whichever it finds.
func (c *Client) Know(region, generation string) {
	c.journal.mu.Lock()
	defer c.journal.mu.Unlock()
	c.journal.known = journal.Known{Region: region, Generation: generation}
}

// meet holds the identity that is there, nil for none, against the generation that is known, and takes over the names
// of its tables when it becomes known. moved means that there was none when the names were asked for.
func (g *generation) meet(op string, there *journal.Place, of names) (moved bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.known.Meet(op, there); err != nil {
		return false, err
	}
	was, asked := g.names, g.asked
	if g.asked = true; there != nil {
		g.names = of
	}
	return asked && was != g.names, nil
}

// named is the names of the journal's tables, from the identity when they are asked for first.
func (c *Client) named(ctx context.Context) (names, error) {
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
	p, row, err := c.Directory().identity(ctx, "journal.identity")
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
		return c.journal.meet(op, &p, names(identity.Tables(row)))
	case fault.Is(err, fault.NotFound):
		return c.journal.meet(op, nil, "")
	}
	return false, err
}

// missing is an answer that a table of the journal is not there, as an error if the reason is that its generation is
// not. Any other error stays what it is.
func (c *Client) missing(ctx context.Context, op string, err error) error {
	if !tableMissing(err) {
		return err
	}
	if gone := c.still(ctx, op); gone != nil {
		return gone
	}
	return err
}

// absent is missing for who finds nothing where there is no table.
func (c *Client) absent(ctx context.Context, op string, err error) error {
	if err = c.missing(ctx, op, err); tableMissing(err) {
		return nil
	}
	return azkit.Classify(ctx, op, azkit.Read, err)
}
