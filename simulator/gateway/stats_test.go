package gateway

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/wire/sharedkey"
)

// sasOfAccount is the query of a SAS for everything of the account's tables and queues.
func sasOfAccount(t *testing.T, a azurite.Account) string {
	t.Helper()
	cred := must[*aztables.SharedKeyCredential](t)(aztables.NewSharedKeyCredential(a.Name, a.Key))
	query, err := aztables.AccountSASSignatureValues{Version: aztables.SASVersion,
		Protocol: aztables.SASProtocolHTTPSandHTTP, Services: "tq", ResourceTypes: "sco",
		Permissions: "rwdlaup", StartTime: time.Now().Add(-time.Hour).UTC(),
		ExpiryTime: time.Now().Add(time.Hour).UTC()}.Sign(cred)
	if err != nil {
		t.Fatal(err)
	}
	return query.Encode()
}

// TestStatisticsWithoutTheSecondarysStore: the secondary's Azurite may hang: the statistics are the account's own,
// and come all the same, to who may see them. An outage of the network keeps them away, as everything of that region.
func TestStatisticsWithoutTheSecondarysStore(t *testing.T) {
	t.Parallel()
	west := azuritetest.Require(t, azurite.Options{})
	r := newRig(t, plan{own: map[georep.Region]*azurite.Server{"west": west}})
	if err := west.Pause(); err != nil {
		t.Fatal(err)
	}
	queues := httptest.NewServer(r.g.Handler(network.Outside, georep.Queue))
	defer queues.Close()
	wrong := must[*sharedkey.Key](t)(sharedkey.New(r.account.Name, "d3Jvbmc="))
	sas := sasOfAccount(t, r.account)
	unsigned := func(*http.Request) {}
	for _, c := range []struct {
		name, server, query string
		sign                func(*http.Request)
		want                int
	}{
		{"tables", r.front[network.Outside].URL, "", r.a.sign.SignTable, http.StatusOK},
		{"tables, a wrong key", r.front[network.Outside].URL, "", wrong.SignTable, http.StatusForbidden},
		{"tables, a SAS", r.front[network.Outside].URL, "&" + sas, unsigned, http.StatusOK},
		{"tables, a wrong SAS", r.front[network.Outside].URL, "&" + sas + "x", unsigned, http.StatusForbidden},
		{"tables, nobody", r.front[network.Outside].URL, "", unsigned, http.StatusForbidden},
		{"queues", queues.URL, "", r.a.sign.SignQueue, http.StatusOK},
		{"queues, a wrong key", queues.URL, "", wrong.SignQueue, http.StatusForbidden},
		{"queues, a SAS", queues.URL, "&" + sas, unsigned, http.StatusOK},
		{"queues, a wrong SAS", queues.URL, "&" + sas + "x", unsigned, http.StatusForbidden},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), guard)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.server+"/"+r.a.Name()+
			"-secondary/?restype=service&comp=stats"+c.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Ms-Version", "2019-02-02")
		c.sign(req)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		cancel()
		if resp.StatusCode != c.want || c.want == http.StatusOK &&
			(!strings.Contains(string(body), "<Status>live</Status>") || resp.Header.Get("X-Ms-Request-Id") == "") {
			t.Errorf("%s: %d %s", c.name, resp.StatusCode, body)
		}
	}
	r.begin(network.Outage{Region: "west", How: inject.Refuse})
	if _, err := r.secondary().GetStatistics(t.Context(), nil); err == nil || isAnswer(err) {
		t.Errorf("statistics from a region that is out: %v", err)
	}
}

// TestStatisticsWithoutACopy: what the secondary had counts for nothing. The statistics say so, and nothing else is
// there.
func TestStatisticsWithoutACopy(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	_, s := r.table("Orders")
	r.g.Distrust("west")
	if got := r.stats(); got.State != georep.Bootstrap || !got.LastSync.IsZero() {
		t.Errorf("the statistics are %+v", got)
	}
	if _, err := s.GetEntity(t.Context(), "a", "1", nil); err == nil || isAnswer(err) {
		t.Errorf("a row of a secondary that is not there: %v", err)
	}
	queues := httptest.NewServer(r.g.Handler(network.Outside, georep.Queue))
	defer queues.Close()
	for query, want := range map[string]int{"?restype=service&comp=stats": http.StatusOK, "?comp=list": 0} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, queues.URL+"/"+r.a.Name()+"-secondary/"+
			query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Ms-Version", "2019-02-02")
		r.a.sign.SignQueue(req)
		resp, err := http.DefaultClient.Do(req)
		status := 0
		if err == nil {
			status = resp.StatusCode
			_ = resp.Body.Close()
		}
		if status != want {
			t.Errorf("queues %s: %d %v, want %d", query, status, err, want)
		}
	}
}
