package gateway

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
	"tidemark/simulator/wire"
)

// Handler serves a service to callers that stand at a place, for all accounts.
//
// Of an account that there is not Azure has no endpoint; here the answer is 404 ResourceNotFound with the account's
// name. While a failover keeps both endpoints down connections are torn down.
func (g *Gateway) Handler(from network.Place, s georep.Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, secondary := accountOf(r.URL.Path)
		a, ok := g.Account(name)
		if !ok {
			wire.Refusal{Status: http.StatusNotFound, Code: "ResourceNotFound",
				Message: fmt.Sprintf("There is no account %q here.", name)}.Write(w, formOf(s), time.Now())
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		v := &visit{a: a, service: s, from: from, w: w, r: r, ctx: ctx, secondary: secondary}
		stop := context.AfterFunc(a.Serving(), v.hurry(cancel))
		defer stop()
		defer v.leave()
		v.serve()
	})
}

// hurry ends what waits on a caller: its delays and the reading of its body.
func (v *visit) hurry(cancel context.CancelFunc) func() {
	return func() {
		cancel()
		if v.r.Method != http.MethodGet {
			// a writer without deadlines has no slow body either
			_ = http.NewResponseController(v.w).SetReadDeadline(time.Unix(1, 0))
		}
	}
}

// accountOf takes a path-style path apart.
func accountOf(path string) (name string, secondary bool) {
	name = path
	if len(name) > 0 && name[0] == '/' {
		name = name[1:]
	}
	for i := range len(name) {
		if name[i] == '/' {
			name = name[:i]
			break
		}
	}
	const suffix = "-secondary"
	if len(name) > len(suffix) && name[len(name)-len(suffix):] == suffix {
		return name[:len(name)-len(suffix)], true
	}
	return name, false
}

// serve takes the request to the region that serves it.
func (v *visit) serve() {
	is := v.a.Endpoints()
	at := is.Primary
	if v.secondary && is.Secondary.Availability != account.None {
		at = is.Secondary
	}
	v.empty = at.Availability == account.Absent
	v.setOut(at.Region)
	switch at.Availability {
	case account.Down:
		v.reset("a failover keeps both endpoints down")
		return
	case account.Lost:
		v.reset(account.ErrLost.Error())
		return
	}
	if !v.there() {
		return
	}
	if v.secondary && is.Secondary.Availability == account.None {
		if !v.forged() {
			v.refuse(http.StatusForbidden, codeInsufficient, messageNoSecondary)
		}
		return
	}
	if v.service == georep.Queue {
		v.a.serveQueue(v)
	} else {
		v.a.serveTable(v)
	}
}
