package orders

import (
	"cmp"
	"context"
	"fmt"
	"net/url"

	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/control"
)

// Failover fails an account over.
type Failover struct {
	chosen
	Type string `help:"unplanned loses what the secondary lacks and leaves one region; planned waits for everything, with both endpoints down, and swaps the regions." enum:"planned,unplanned" default:"unplanned" env:"-"`
	Wait bool   `help:"Wait until it is done." default:"true" negatable:"" env:"-"`
}

// Run is tidemark sim failover.
func (c *Failover) Run(e *console.Environment) error {
	account, err := c.account(e.Context)
	if err != nil {
		return err
	}
	path := "/accounts/" + url.PathEscape(account)
	var before, now control.Account
	if err := c.client().Do(e.Context, "GET", path, nil, &before); err != nil {
		return err
	}
	if err := c.client().Do(e.Context, "POST", path+"/failover", control.Failover{Type: c.Type}, &now); err != nil {
		return err
	}
	e.Say("account %s: %s failover from %s to %s ordered", account, c.Type, before.Primary, before.Secondary)
	if !c.Wait {
		return nil
	}
	kind := c.Type // an unplanned one may take the place of a planned one
	if err := c.follow(e, "the failover", path, &now, func(a control.Account) bool {
		kind = cmp.Or(a.Failover, kind)
		return a.Phase == "steady"
	}); err != nil {
		return err
	}
	if now.Primary == before.Primary && now.Failovers == before.Failovers {
		return fmt.Errorf("the %s failover of account %s was called off: it came no nearer to its end, and the "+
			"account "+
			"serves in its old roles again; see that both regions' storage answers (tidemark sim status) and order "+
			"it again",
			kind, account)
	}
	if now.Secondary == "" { // only an unplanned one leaves none; it may have been too quick to be seen
		kind = unplanned
	}
	if kind == unplanned && c.Type != unplanned {
		e.Say("an unplanned failover took the place of the %s one", c.Type)
	}
	e.Say("account %s: the primary is %s now%s", account, now.Primary, c.lost(e.Context, path, kind))
	return nil
}

// lost says what a failover cost.
func (c *Failover) lost(ctx context.Context, path, kind string) string {
	if kind != unplanned {
		return ", nothing was lost"
	}
	var losses struct{ Items []control.Loss }
	if c.client().Do(ctx, "GET", path+"/losses?limit=0", nil, &losses) != nil || len(losses.Items) == 0 {
		return ""
	}
	last := losses.Items[len(losses.Items)-1]
	text := fmt.Sprintf(", without geo-redundancy (tidemark sim reenable); %s lost", console.Were(last.Total, "write"))
	if last.About != "" {
		text += "\n  " + last.About
	}
	return text
}
