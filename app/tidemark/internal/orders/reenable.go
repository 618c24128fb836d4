package orders

import (
	"net/url"

	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/control"
)

// Reenable makes an account geo-redundant again.
type Reenable struct {
	chosen
	Secondary string `help:"Region of the new secondary; the other one where there are two." placeholder:"REGION" env:"-"`
	Wait      bool   `help:"Wait until it is live." default:"true" negatable:"" env:"-"`
}

// Run is tidemark sim reenable.
func (c *Reenable) Run(e *console.Environment) error {
	account, err := c.account(e.Context)
	if err != nil {
		return err
	}
	path := "/accounts/" + url.PathEscape(account)
	var now control.Account
	if err := c.client().Do(e.Context, "POST", path+"/georedundancy", control.GeoRedundancy{Secondary: c.Secondary},
		&now); err != nil {
		return err
	}
	e.Say("account %s: its secondary is made anew in %s", account, now.Secondary)
	if !c.Wait {
		return nil
	}
	if err := c.follow(e, "the copy", path, &now, func(a control.Account) bool {
		return a.State == "live"
	}); err != nil {
		return err
	}
	e.Say("account %s is live in %s and %s", account, now.Primary, now.Secondary)
	if text := stillPaused(account, now.Paused); text != "" {
		e.Say("%s", text)
	}
	return nil
}
