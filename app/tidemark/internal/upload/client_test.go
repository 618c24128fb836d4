package upload_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/app/tidemark/internal/files"
	"tidemark/app/tidemark/internal/upload"
)

// TestAPieceThatIsAtomicIsNotStoredInPart: what a node alone knows to be wrong ends the import.
func TestAPieceThatIsAtomicIsNotStoredInPart(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	node := upload.New(upload.Settings{URL: url, Atomic: true, Say: func(string, ...any) {}})
	defer node.Close()
	const body = `{"source":"roof","metric":"temp","time":"2026-01-01T00:00:01Z","value":1}` + "\n{}\n"
	p := files.Piece{Form: files.NDJSON, Body: []byte(body), Records: 2, First: 1}
	if w, err := node.Send(t.Context(), &files.File{Name: "a.ndjson", Form: files.NDJSON}, p); err == nil ||
		!strings.Contains(err.Error(), "atomic=true asks for all or nothing") {
		t.Errorf("%+v, %v", w, err)
	}
	answer, err := http.Get(url + "/v1/readings?from=2000-01-01&to=2100-01-01&source=roof&metric=temp")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusNotFound {
		t.Errorf("stored: %s %s", answer.Status, text)
	}
}
