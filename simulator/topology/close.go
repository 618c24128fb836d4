package topology

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// closing is how long Close takes at most. What has not ended by then ends with this process; a storage that is
// writing its data holds the folder's lock until it has.
const closing = 5 * time.Second

// Close ends everything, at most 5 seconds later. Closing twice is harmless.
func (s *Simulation) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.outages.close()
	s.programs.stop()
	done := make(chan error, 1)
	go func() { done <- s.close() }()
	late := time.NewTimer(closing)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return fmt.Errorf("the simulation did not end within %s: what is left ends with this process", closing)
	}
}

// close ends the callers' side first, so that nothing is half done when the storage ends.
func (s *Simulation) close() error {
	var failed []error
	if s.front != nil {
		failed = append(failed, s.front.close())
	}
	s.programs.close()
	for _, v := range s.places {
		v.close()
	}
	if s.gateway != nil {
		failed = append(failed, s.gateway.Close())
	}
	if s.roles != nil {
		failed = append(failed, s.roles.Close())
	}
	ends := make([]error, len(s.regions))
	var all sync.WaitGroup
	for i, r := range s.regions {
		if r != nil {
			all.Go(func() { ends[i] = r.stop() })
		}
	}
	all.Wait()
	if s.lock != nil {
		s.lock.Release()
	}
	return errors.Join(append(failed, ends...)...)
}
