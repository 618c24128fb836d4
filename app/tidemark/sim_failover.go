package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/control"
)

// simFailoverCommand fails an account over.
type simFailoverCommand struct {
	chosen
	Type string `help:"unplanned loses what the secondary lacks and leaves one region; planned waits for everything, with both endpoints down, and swaps the regions." enum:"planned,unplanned" default:"unplanned" env:"-"`
	Wait bool   `help:"Wait until it is done." default:"true" negatable:"" env:"-"`
}

// Run is tidemark sim failover.
func (c *simFailoverCommand) Run(e *environment) error {
	account, err := c.account(e.ctx)
	if err != nil {
		return err
	}
	path := "/accounts/" + url.PathEscape(account)
	var before, now control.Account
	if err := c.client().Do(e.ctx, "GET", path, nil, &before); err != nil {
		return err
	}
	if err := c.client().Do(e.ctx, "POST", path+"/failover", control.Failover{Type: c.Type}, &now); err != nil {
		return err
	}
	e.say("account %s: %s failover from %s to %s ordered", account, c.Type, before.Primary, before.Secondary)
	if !c.Wait {
		return nil
	}
	kind := c.Type // an unplanned one may take the place of a planned one
	if err := c.follow(e, "the failover", path, &now, func(a control.Account) bool {
		kind = or(a.Failover, kind)
		return a.Phase == "steady"
	}); err != nil {
		return err
	}
	if now.Primary == before.Primary && now.Failovers == before.Failovers {
		return fmt.Errorf("the %s failover of account %s was called off: it came no nearer to its end, and the account "+
			"serves in its old roles again; see that both regions' storage answers (tidemark sim status) and order "+
			"it again",
			kind, account)
	}
	if now.Secondary == "" { // only an unplanned one leaves none; it may have been too quick to be seen
		kind = unplanned
	}
	if kind == unplanned && c.Type != unplanned {
		e.say("an unplanned failover took the place of the %s one", c.Type)
	}
	e.say("account %s: the primary is %s now%s", account, now.Primary, c.lost(e.ctx, path, kind))
	return nil
}

// unplanned is the kind of failover that loses what the secondary lacks.
const unplanned = "unplanned"

// lost says what a failover cost.
func (c *simFailoverCommand) lost(ctx context.Context, path, kind string) string {
	if kind != unplanned {
		return ", nothing was lost"
	}
	var losses struct{ Items []control.Loss }
	if c.client().Do(ctx, "GET", path+"/losses?limit=0", nil, &losses) != nil || len(losses.Items) == 0 {
		return ""
	}
	last := losses.Items[len(losses.Items)-1]
	text := fmt.Sprintf(", without geo-redundancy (tidemark sim reenable); %s lost", were(last.Total, "write"))
	if last.About != "" {
		text += "\n  " + last.About
	}
	return text
}

// followEvery is how often somebody who waits is told how far it is, where nothing else changes.
const followEvery = 5 * time.Second

// follow asks again until it is done, and says each phase, and now and then what a planned failover waits for.
func (c chosen) follow(e *environment, what, path string, now *control.Account, done func(control.Account) bool) error {
	said, at := "", time.Now()
	for !done(*now) {
		phase := fmt.Sprintf("  %s, %s", now.Phase, now.State)
		if phase != said || time.Since(at) >= followEvery {
			e.say("%s%s", phase, c.waitsFor(e.ctx, path, now))
			said, at = phase, time.Now()
		}
		select {
		case <-e.ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
		next := control.Account{}
		err := c.client().Do(e.ctx, "GET", path, nil, &next)
		if e.ctx.Err() != nil {
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
		counted(missing.Total, "write"), last.Local().Format("15:04:05"))
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

// simReenableCommand makes an account geo-redundant again.
type simReenableCommand struct {
	chosen
	Secondary string `help:"Region of the new secondary; the other one where there are two." placeholder:"REGION" env:"-"`
	Wait      bool   `help:"Wait until it is live." default:"true" negatable:"" env:"-"`
}

// Run is tidemark sim reenable.
func (c *simReenableCommand) Run(e *environment) error {
	account, err := c.account(e.ctx)
	if err != nil {
		return err
	}
	path := "/accounts/" + url.PathEscape(account)
	var now control.Account
	if err := c.client().Do(e.ctx, "POST", path+"/georedundancy", control.GeoRedundancy{Secondary: c.Secondary},
		&now); err != nil {
		return err
	}
	e.say("account %s: its secondary is made anew in %s", account, now.Secondary)
	if !c.Wait {
		return nil
	}
	if err := c.follow(e, "the copy", path, &now, func(a control.Account) bool {
		return a.State == "live"
	}); err != nil {
		return err
	}
	e.say("account %s is live in %s and %s", account, now.Primary, now.Secondary)
	if text := stillPaused(account, now.Paused); text != "" {
		e.say("%s", text)
	}
	return nil
}
