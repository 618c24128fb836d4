package importing_test

import (
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark/app/tidemark/internal/cli/clitest"
)

// TestImportSaysWhatTagsAre: the flags go before what the node is told.
func TestImportSaysWhatTagsAre(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:", "--source-tags", "cpu")
	const line = "cpu,cpu=cpu0,host=e,rack=7 value=1 1767268800000000000\n"
	order := []string{"import", "--url", url, filepath.Join(clitest.Written(t, map[string]string{"a.lp": line}),
		"a.lp")}
	for want, flags := range map[string]string{`"cpu0,host=e,rack=7"`: "",
		`"e,cpu=cpu0"`: "--source-tags=host --label-tags=rack",
		`"cpu0"`:       "--label-tags=*"} {
		if code, text := clitest.Said(t, slices.Concat(order, strings.Fields(flags))...); code != 0 {
			t.Fatalf("%s: exit %d: %s", flags, code, text)
		}
		answer, err := http.Get(url + "/v1/series")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || !strings.Contains(string(text), `"source":`+want) {
			t.Errorf("%s: no %s in %s (%v)", flags, want, text, err)
		}
	}
}
