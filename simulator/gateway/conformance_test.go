package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// rule is a behaviour of the service, looked at through the SDKs of tables and queues (over plain HTTP where they
// cannot say it), once through the gateway and once on Azurite alone. What is seen is told as a text.
type rule struct {
	name  string
	see   func(s *side) string
	want  string // through the gateway
	alone string // Azurite without the gateway; "" is the same
	// what Azurite gave, tried once, as it is published; ours is started with other limits, and names of tables
	// (simulator/azurite)
	stock  string
	orders bool   // there is nothing to see on Azurite alone: it takes no such order
	source string // of the rule: a document of Microsoft's by its title, or what chose it
	plan   plan
}

// conformance are the rules by what they are about, in the order of docs/behaviour.md.
var conformance = []struct {
	title string
	rules []rule
}{
	{"Writes to the secondary", secondaryWriteRules},
	{"Service statistics", statisticsRules},
	{"The secondary's data", dataRules},
	{"Lag", lagRules},
	{"Outages", outageRules},
	{"Gray failures", grayRules},
	{"Limits of the Table service", tableLimitRules},
	{"Pages of queries", pageRules},
	{"Limits of the Queue service", queueLimitRules},
	{"Account failover", failoverRules},
	{"Queues at the secondary", queueRules},
	{"Local accounts, as those of the journals", localRules},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, chapter := range conformance {
		for _, r := range chapter.rules {
			name := chapter.title + "/" + r.name
			t.Run(name+"/gateway", func(t *testing.T) {
				t.Parallel()
				if got := r.see(newSide(t, r.plan)); got != r.want {
					t.Errorf("seen through the gateway:\n %s\nwant:\n %s", got, r.want)
				}
			})
			if r.orders {
				continue
			}
			t.Run(name+"/azurite", func(t *testing.T) {
				t.Parallel()
				want := r.alone
				if want == "" {
					want = r.want
				}
				if got := r.see(newAlone(t)); got != want {
					t.Errorf("seen on Azurite alone:\n %s\nwant:\n %s", got, want)
				}
			})
		}
	}
}

// TestConformanceTellsApart: a rule that says that Azurite alone differs says how, and one without orders is looked
// at on both sides.
func TestConformanceTellsApart(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, chapter := range conformance {
		for _, r := range chapter.rules {
			if r.alone == r.want || r.orders && r.alone != "" || r.source == "" || r.want == "" ||
				seen[chapter.title+r.name] {
				t.Errorf("%s/%s: name it once, say its source and what is wanted, and of Azurite alone only what "+
					"differs", chapter.title, r.name)
			}
			seen[chapter.title+r.name] = true
		}
	}
}

// said tells an outcome: ok, the status and code of an answer, or how there was none.
func said(err error) string {
	var answer *azcore.ResponseError
	switch {
	case err == nil:
		return "ok"
	// a batch was taken, and one of its operations failed
	case errors.As(err, &answer) && answer.StatusCode == http.StatusAccepted:
		body, _ := runtime.Payload(answer.RawResponse) // has been read before: there is no error
		inner := failedOperation.FindSubmatch(body)
		if inner == nil {
			return "202 and no reason: " + string(body)
		}
		return fmt.Sprintf("202 with %s %s", inner[1], inner[2])
	case errors.As(err, &answer):
		return strings.TrimSpace(fmt.Sprintf("%d %s", answer.StatusCode, answer.ErrorCode))
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer"
	// the last, if Go's client reads of the reset before it has written the request: it closes its side then
	case errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, net.ErrClosed):
		return "torn connection"
	case strings.Contains(err.Error(), "malformed HTTP response"):
		return "an answer that the SDK cannot read"
	default:
		return err.Error()
	}
}

// failedOperation finds the answer of the operation for which a batch failed.
var failedOperation = regexp.MustCompile(`(?s)HTTP/1\.1 ([45]\d\d).*?"code":"(\w+)"`)

// each tells outcomes, those that are the same once.
func each(outcomes ...string) string { return strings.Join(slices.Compact(outcomes), ", ") }
