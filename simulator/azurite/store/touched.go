package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"tidemark/simulator/account"
)

// touched is whether a storage has got a call of several that change something.
type touched struct{ yes atomic.Bool }

type touchedKey struct{}

// note has the calls of a context be noted.
func (t *touched) note(ctx context.Context) context.Context {
	return context.WithValue(ctx, touchedKey{}, t)
}

// judge is the error of all calls together: that the storage was not reached is true of the whole only if no call
// before was carried out.
func (t *touched) judge(err error) error {
	if errors.Is(err, account.ErrNotSent) && t.yes.Load() {
		return fmt.Errorf("a part is done, and then: %v", err) // not wrapped: it is not account.ErrNotSent
	}
	return err
}

// do sends a request.
func (s *Store) do(r *http.Request) (*http.Response, error) {
	resp, err := s.o.Do(r)
	t, noted := r.Context().Value(touchedKey{}).(*touched)
	if noted && r.Method != http.MethodGet && !errors.Is(err, account.ErrNotSent) {
		t.yes.Store(true)
	}
	return resp, err
}
