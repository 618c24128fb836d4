package topology

import (
	"context"
	"fmt"
	"slices"

	"tidemark/simulator/gateway"
)

// Process tells a region's azurite or redis to pause, resume, die or start again. An Azurite that keeps nothing is
// empty after a restart, as a disk that was lost would be, and one that keeps a folder lacks its last seconds if it
// was killed before. The copies of the accounts in it are made anew then (gateway.Renew).
func (s *Simulation) Process(ctx context.Context, regionName, process, order string) error {
	if _, err := s.Region(regionName); err != nil {
		return err
	}
	r := s.regions[slices.IndexFunc(s.regions, func(r *region) bool { return r.config.Name == regionName })]
	if process == Azurite && (order == Kill || order == Restart) {
		r.fate.Lock() // a store that was killed is said to be, before it can be said to be there again
		defer r.fate.Unlock()
	}
	done := order
	var err error
	if process == Azurite && order == Restart && r.config.Azurite.Mode != modeAttach {
		var lost bool
		if lost, err = s.restart(ctx, r); lost {
			done += ", and what it has not kept is lost"
		}
	} else {
		err = r.tell(ctx, process, order)
		if process == Azurite && order == Kill && err == nil {
			s.gateway.Distrust(r.georep())
		}
	}
	if err != nil {
		return fmt.Errorf("%s the %s of %s: %w", order, process, regionName, err)
	}
	s.events.say("process", fmt.Sprintf("%s of %s: %s", process, regionName, done))
	return nil
}

// restart starts a region's Azurite again, and says whether it may have lost something.
func (s *Simulation) restart(ctx context.Context, r *region) (lost bool, err error) {
	lost = !r.kept || r.storage.Err() != nil // it was killed, or has died
	var failed error
	err = s.gateway.Renew(r.georep(), func() (gateway.Store, bool, error) {
		failed = r.tell(ctx, Azurite, Restart)
		lost = lost || failed != nil // it did not write in time
		return r.store(), lost, r.storage.Err()
	})
	if failed != nil {
		err = failed
	}
	return lost, err
}
