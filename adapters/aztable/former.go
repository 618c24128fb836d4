package aztable

import (
	"context"
	"regexp"
	"strings"

	"tidemark/adapters/aztable/internal/names"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
)

// ofJournals are the names that tables of journals have had.
var ofJournals = regexp.MustCompile("^(J[0-9]{6}|G[A-Z2-7]{26}(S|[0-9]{6}))$")

// unused refuses to make a journal where tables of another one hold something, while there is no identity. A node that
// knows that one would go on writing to them, and call it stored.
func (d *Directory) unused(ctx context.Context, op string, mine names.Of) error {
	for _, first := range []string{"G", "J"} {
		for name, err := range d.client.tables.Named(ctx, op, first, string(first[0]+1)) {
			if err != nil {
				return azkit.Classify(ctx, op, azkit.Read, err)
			}
			if !ofJournals.MatchString(name) || strings.HasPrefix(name, string(mine)) {
				continue
			}
			holds, err := d.client.table(name).Holds(ctx, op)
			if err != nil {
				return azkit.Classify(ctx, op, azkit.Read, err)
			}
			if !holds {
				continue
			}
			if _, _, err := d.client.identity(ctx, op); !fault.Is(err, fault.NotFound) {
				return err // somebody else was first
			}
			return fault.New(fault.Conflict, op, "the account has tables of a journal whose identity is gone (%s): if "+
				"nobody needs them, delete all tables of the account whose names begin with J or G, and run this again",
				name)
		}
	}
	return nil
}
