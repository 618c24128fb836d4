package reach

import "sync"

// Budget is how often something may be asked a second time: a share of the calls, saved up to some. It is safe for
// concurrent use.
type Budget struct {
	mu    sync.Mutex
	share int // in a thousand
	most  int // tokens, in thousandths
	has   int
}

// The default budget: one call in ten, and ten of them at once.
const (
	DefaultShare = 0.1
	DefaultSaved = 10
)

// NewBudget is a budget of a share of the calls, that is full: it has so many tokens, and never more.
func NewBudget(share float64, saved int) *Budget {
	return &Budget{share: int(share * 1000), most: saved * 1000, has: saved * 1000}
}

// Earn takes that a call was made for the first time.
func (b *Budget) Earn() {
	b.mu.Lock()
	b.has = min(b.most, b.has+b.share)
	b.mu.Unlock()
}

// Take takes a token, if there is one: who gets none does not ask again.
func (b *Budget) Take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.has < 1000 {
		return false
	}
	b.has -= 1000
	return true
}
