package importing_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"tidemark/app/tidemark/internal/cli/clitest"
)

// TestWhatIsRefusedForNowIsSentAgain stands between import and a node, and refuses the first request as a node does
// that has too much to do, or for which the request came too slowly.
func TestWhatIsRefusedForNowIsSentAgain(t *testing.T) {
	t.Parallel()
	node, _ := clitest.Serve(t, "--data", ":memory:")
	to, err := url.Parse(node)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(clitest.Written(t, map[string]string{"a.csv": threeLines}), "a.csv")
	again := func(t *testing.T, status int) {
		t.Parallel()
		var requests atomic.Int64
		between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) > 1 {
				httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"title":"Not now","status":` + strconv.Itoa(status) + `,"detail":"again later"}`))
		}))
		defer between.Close()
		code, text := clitest.Said(t, "import", "--url", between.URL, file)
		if code != 0 || !strings.Contains(text, "3 readings stored") || requests.Load() < 2 {
			t.Errorf("%d: exit %d after %d requests: %s", status, code, requests.Load(), text)
		}
	}
	for _, status := range []int{http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(strconv.Itoa(status), func(t *testing.T) { again(t, status) })
	}
}
