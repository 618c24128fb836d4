package aztable

import (
	"sync"

	"tidemark/adapters/aztable/internal/names"
	"tidemark/ports/journal"
)

// generation is what a client knows of the journal in its account. It is safe for concurrent use.
type generation struct {
	mu    sync.Mutex // guards what follows
	known journal.Known
	names names.Of
	asked bool // names are those of what is known, or of a journal that was never initialised
}

// meet holds the identity that is there, nil for none, against the generation that is known, and takes over the names
// of its tables when it becomes known. moved means that there was none when the names were asked for.
func (g *generation) meet(op string, there *journal.Place, of names.Of) (moved bool, err error) {
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
