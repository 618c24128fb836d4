package aztable

import (
	"context"
	"iter"

	"tidemark/adapters/aztable/internal/tables"
	"tidemark/ports/chunks"
)

// Secondary reads the rows of a read-access geo account at its secondary endpoint (chunks.Reader). The SDK asks that
// endpoint of its own accord for nothing. An account that has none any more is fault.Unavailable.
type Secondary struct{ rows Rows }

var _ chunks.Reader = (*Secondary)(nil)

// Secondary is the rows of this storage account at its secondary endpoint; nil but with ReadAccessGeo.
func (c *Client) Secondary() *Secondary {
	if c.secondary == nil {
		return nil
	}
	return &Secondary{Rows{&Client{kind: c.kind, tables: &tables.Service{SDK: c.secondary, Options: c.tables.Options}}}}
}

// Get implements chunks.Reader.
func (s *Secondary) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return s.rows.Get(ctx, k)
}

// Scan implements chunks.Reader.
func (s *Secondary) Scan(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
	return s.rows.Scan(ctx, r)
}

// Expired implements chunks.Reader.
func (s *Secondary) Expired(ctx context.Context) (int32, error) { return s.rows.Expired(ctx) }
