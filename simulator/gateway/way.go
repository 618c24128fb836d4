package gateway

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// moved says whether the roles have changed since the request set out, so that its region may not answer it any more.
func (v *visit) moved() bool {
	return !v.a.Endpoints().Serves(v.region)
}

// absent says whether it was answered as by a secondary that is not there yet: of that there are the statistics
// alone, which say so.
func (v *visit) absent(kind string) bool {
	if !v.secondary || !v.empty || v.wantsStats(kind) {
		return false
	}
	v.reset("the secondary is not there yet")
	return true
}

// there goes the way to the region. False: it did not arrive, or the caller is gone.
func (v *visit) there() bool {
	n := v.a.g.o.Network
	if n == nil {
		return true
	}
	for {
		leg := n.Path(v.from, network.Place(v.region), network.Part(v.service)).Request
		switch leg.Fault {
		case "":
			return v.sleep(leg.Delay)
		case network.Hang:
			if v.keepBody() != nil || n.Wait(v.ctx, v.from, network.Place(v.region), network.Part(v.service),
				network.Request) != nil {
				v.reset(pathText(leg))
				return false
			}
		default:
			v.cut(leg)
			return false
		}
	}
}

// back goes the way back, and says whether the answer arrives. An entry is what was committed, if anything.
func (v *visit) back(entry *georep.Entry) bool {
	if !v.heard() {
		v.lost(entry, "its caller has gone while it was held")
		v.reset("")
		return false
	}
	if v.after.Action != "" || v.after.Delay > 0 {
		decision := v.after
		v.after = inject.Decision{}
		if decision.Action != inject.Delay {
			v.lost(entry, "rule "+decision.Rule)
		}
		if !v.suffer(decision) {
			return false
		}
	}
	n := v.a.g.o.Network
	if n == nil {
		return true
	}
	told := false
	for {
		leg := n.Path(v.from, network.Place(v.region), network.Part(v.service)).Answer
		if leg.Fault != "" && !told {
			told = true
			v.lost(entry, pathText(leg))
		}
		switch leg.Fault {
		case "":
			return v.sleep(leg.Delay)
		case network.Hang:
			_ = v.keepBody() // of what was refused unread
			if n.Wait(v.ctx, v.from, network.Place(v.region), network.Part(v.service), network.Answer) != nil {
				v.reset("")
				return false
			}
		default:
			v.cut(leg)
			return false
		}
	}
}

func pathText(leg network.Leg) string {
	return fmt.Sprintf("outage %s: %s", leg.Outage, leg.Fault)
}

// cut answers as a failed path does.
func (v *visit) cut(leg network.Leg) {
	if leg.Fault == network.Unavailable {
		v.told(http.StatusServiceUnavailable, pathText(leg))
		v.error(http.StatusServiceUnavailable, codeServerBusy, messageServerBusy)
		return
	}
	v.reset(pathText(leg))
}

// sleep waits, and says whether anybody still waits for it.
func (v *visit) sleep(d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return true
		case <-v.ctx.Done():
		}
	}
	if v.ctx.Err() != nil {
		v.reset("")
		return false
	}
	return true
}

// maxHeldBody bounds what is held of a request that waits; the service takes no more than 4 MiB.
const maxHeldBody = 5 << 20

// keepBody reads the body: only then a server learns that its caller has gone.
func (v *visit) keepBody() error {
	if v.r.Body == nil || v.r.ContentLength == 0 {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(v.r.Body, maxHeldBody))
	v.r.Body = io.NopCloser(bytes.NewReader(body))
	return err
}
