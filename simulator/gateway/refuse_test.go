package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// TestRefusalsCheckTheKey: who cannot sign learns nothing of the limits.
func TestRefusalsCheckTheKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{comparisons: 15})
	r.table("Orders")
	wrong := r.account
	wrong.Key = "d3Jvbmc="
	c := tableService(t, wrong, r.url(network.Outside)).NewClient("Orders")
	_, err := c.AddEntity(t.Context(), entity("a", "1", properties(253, 1)), nil)
	r.refused(err, "Forbidden AuthenticationFailed")
	_, err = c.SubmitTransaction(t.Context(), append(inserts("a", "1"), inserts("b", "1")...), nil)
	r.refused(err, "Forbidden AuthenticationFailed")
	filter := "n eq 1" + fmt.Sprintf("%[1]s%[1]s%[1]s%[1]s", " or n eq 2 or n eq 3 or n eq 4 or n eq 5")
	_, err = c.NewListEntitiesPager(&aztables.ListEntitiesOptions{Filter: &filter}).NextPage(t.Context())
	r.refused(err, "Forbidden AuthenticationFailed")
	local := newRig(t, plan{local: true})
	wrong = local.account
	wrong.Key = "d3Jvbmc="
	_, err = tableService(t, wrong, local.url(network.Outside)+"-secondary").NewClient("Orders").
		AddEntity(t.Context(), entity("a", "1", nil), nil)
	r.refused(err, "Forbidden AuthenticationFailed")
}

// TestRefusalsGoBack: an answer of the gateway's own takes the way back too: it does not come over a path that is
// cut, and not after half the way.
func TestRefusalsGoBack(t *testing.T) {
	t.Parallel()
	const oneWay = 30 * time.Millisecond
	r := newRig(t, plan{geo: georep.Options{MaxBacklog: 1},
		distance: map[[2]network.Place]time.Duration{{network.Outside, "east"}: oneWay,
			{network.Outside, "west"}: oneWay}})
	p, s := r.table("Orders")
	check := func(want string, c *aztables.Client, row map[string]any) {
		t.Helper()
		began := time.Now()
		_, err := c.AddEntity(t.Context(), entity("a", "1", row), nil)
		r.refused(err, want)
		if took := time.Since(began); took < 2*oneWay {
			t.Errorf("%s after %v, over %v each way", want, took, oneWay)
		}
		var cut []string
		for _, region := range []network.Place{"east", "west"} {
			cut = append(cut, r.begin(network.Outage{From: region, To: network.Outside, How: inject.Torn}))
		}
		if _, err := c.AddEntity(t.Context(), entity("a", "1", row), nil); err == nil || isAnswer(err) {
			t.Errorf("%s although the way back is cut: %v", want, err)
		}
		for _, id := range cut {
			r.end(id)
		}
	}
	check("Forbidden InsufficientAccountPermissions", s, nil)
	check("Bad Request TooManyProperties", p, properties(253, 1))
	r.pause()
	r.upsert(p, "b", "1", 1)
	check("Service Unavailable ServerBusy", p, nil) // the backlog is full
	if got := r.read(p, "a", "1"); got != "" {
		t.Errorf("what was refused is there: %q", got)
	}
}

// TestThrottlingGoesBack as other refusals do.
func TestThrottlingGoesBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{targets: Targets{Partition: 1}})
	p, _ := r.table("Orders")
	for range 3 {
		_, _ = p.AddEntity(t.Context(), entity("a", "1", nil), nil) // until it is over the target
	}
	id := r.begin(network.Outage{From: "east", To: network.Outside, How: inject.Torn})
	if _, err := p.AddEntity(t.Context(), entity("a", "2", nil), nil); err == nil || isAnswer(err) {
		t.Errorf("an answer although the way back is cut: %v", err)
	}
	r.end(id)
	_, err := p.AddEntity(t.Context(), entity("a", "2", nil), nil)
	r.refused(err, "Service Unavailable ServerBusy")
}

// TestNoSecondaryIsSaidByTheRegion: the refusal comes from where the account is, or not at all.
func TestNoSecondaryIsSaidByTheRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{local: true})
	s := r.secondary().NewClient("Orders")
	_, err := s.GetEntity(t.Context(), "a", "1", nil)
	r.refused(err, "Forbidden InsufficientAccountPermissions")
	r.begin(network.Outage{Region: "east", How: inject.Refuse})
	if _, err := s.GetEntity(t.Context(), "a", "1", nil); err == nil || isAnswer(err) {
		t.Errorf("an answer from a region that is out: %v", err)
	}
}

// TestACallerThatLeavesARefusedWrite, whose body nobody reads and whose answer hangs on its way, is noticed.
func TestACallerThatLeavesARefusedWrite(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	outage := r.begin(network.Outage{From: "west", To: network.Outside, How: inject.Silent})
	came, gone := make(chan struct{}), make(chan struct{})
	handler := r.g.Handler(network.Outside, georep.Queue)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		close(came)
		defer close(gone)
		handler.ServeHTTP(w, req)
	}))
	defer server.Close()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/"+r.a.Name()+"-secondary/jobs/messages",
		strings.NewReader("<QueueMessage/>"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Ms-Version", "2019-02-02")
	r.a.sign.SignQueue(req)
	go func() {
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-came
	r.until("the answer hangs", func() bool { return len(r.told("lost-answer")) > 0 })
	leave()
	select {
	case <-gone:
	case <-time.After(guard):
		t.Error("its handler still waits")
		r.end(outage)
	}
}
