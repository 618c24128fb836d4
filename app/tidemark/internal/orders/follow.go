package orders

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/control"
)

// unplanned is the kind of failover that loses what the secondary lacks.
const unplanned = "unplanned"

// followEvery is how often somebody who waits is told how far it is, where nothing else changes.
const followEvery = 5 * time.Second

// follow asks again until it is done, and says each phase, and now and then what a planned failover waits for.
func (c chosen) follow(e *console.Environment, what, path string, now *control.Account,
	done func(control.Account) bool) error {
	said, at := "", time.Now()
	for !done(*now) {
		phase := fmt.Sprintf("  %s, %s", now.Phase, now.State)
		if phase != said || time.Since(at) >= followEvery {
			e.Say("%s%s", phase, c.waitsFor(e.Context, path, now))
			said, at = phase, time.Now()
		}
		select {
		case <-e.Context.Done():
		case <-time.After(100 * time.Millisecond):
		}
		next := control.Account{}
		err := c.client().Do(e.Context, "GET", path, nil, &next)
		if e.Context.Err() != nil {
			return fmt.Errorf("interrupted: %s goes on; tidemark sim status shows how far it is", what)
		}
		if err != nil {
			return err
		}
		*now = next
	}
	return nil
}

// shownMissing is how many of the writes that are missing are asked for, to say when the last of them is due.
const shownMissing = 10_000

// waitsFor says what an order waits for. A region that it needs may be out. A planned failover waits until the
// secondary has all writes: neither endpoint serves until then, and that lasts as long as the lag.
func (c chosen) waitsFor(ctx context.Context, path string, now *control.Account) string {
	if out := c.out(ctx, now); out != "" {
		return out
	}
	var missing control.Entries
	if now.Failover != "planned" || c.client().Do(ctx, "GET", fmt.Sprintf("%s/missing?limit=%d", path, shownMissing),
		nil, &missing) != nil || missing.Total == 0 {
		return ""
	}
	var last time.Time
	for _, m := range missing.Items {
		if m.Due.After(last) {
			last = m.Due
		}
	}
	return fmt.Sprintf(": %s still to arrive, the last due %s; until then neither endpoint serves",
		console.Counted(missing.Total, "write"), last.Local().Format("15:04:05"))
}

// needed are the regions without which what goes on in an account does not end. A failover needs none but while both
// endpoints are down, and an unplanned one only the region that it goes to: the other may be lost for good. A copy is
// made from one region in the other.
func needed(now *control.Account) []string {
	switch {
	case now.Phase == "down" && now.Failover == unplanned:
		return []string{now.Secondary}
	case now.Phase == "down", now.Phase == "steady":
		return []string{now.Primary, now.Secondary}
	}
	return nil
}

// out names the region that is out, and that an account needs: an order that was taken before goes on when it is
// back.
func (c chosen) out(ctx context.Context, now *control.Account) string {
	regions, err := c.client().Regions(ctx)
	if err != nil {
		return ""
	}
	for _, r := range regions {
		if r.Up || !slices.Contains(needed(now), r.Name) {
			continue
		}
		text := fmt.Sprintf(": it waits for region %s, which is out (%s); tidemark sim heal %s ends that",
			r.Name, strings.Join(r.Outages, ", "), r.Name)
		if now.Failover == "planned" && r.Name == now.Primary {
			text += ", or an unplanned one takes its place"
		}
		return text
	}
	return ""
}
