// Package orders is the commands that speak to a simulator that runs, over its control API: what it shows (status,
// watch) and what it is told (lag, pause, resume, outage, heal, failover, reenable, fault, run). Each says in words
// what was done, and what clients meet now.
package orders

import (
	"cmp"
	"context"
	"strings"
	"time"

	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/control"
)

// controlled is a command that gives orders to a running simulator.
type controlled struct {
	Control string `help:"Address of the simulator's control API." default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
}

func (c controlled) client() *control.Client { return &control.Client{URL: c.Control} }

// chosen is a command about one account.
type chosen struct {
	controlled
	Account string `help:"The storage account; the geo-redundant one when empty." placeholder:"NAME" env:"-"`
}

// account is the name of the account that is meant.
func (c chosen) account(ctx context.Context) (string, error) {
	if c.Account != "" {
		return c.Account, nil
	}
	all, err := c.client().Accounts(ctx)
	if err != nil {
		return "", err
	}
	var geo []string
	for _, a := range all {
		if a.Kind == "geo" {
			geo = append(geo, a.Name)
		}
	}
	if len(geo) != 1 {
		return "", console.Usagef("which account? Name one with --account: there is %s",
			cmp.Or(strings.Join(geo, ", "), "no geo-redundant one"))
	}
	return geo[0], nil
}

// length is a duration of a flag as the API takes it.
func length(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
