package importing_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"

	"tidemark/app/tidemark/internal/cli/clitest"
)

// importFiles imports files, which come as name and text one after the other, and gives the exit status and what was
// said of them, their folder left out.
func importFiles(t *testing.T, url, flags string, files ...string) (int, string) {
	t.Helper()
	texts := map[string]string{}
	for i := 0; i < len(files); i += 2 {
		texts[files[i]] = files[i+1]
	}
	folder := clitest.Written(t, texts)
	args := append([]string{"import", "--url", url}, strings.Fields(flags)...)
	for i := 0; i < len(files); i += 2 {
		args = append(args, filepath.Join(folder, files[i]))
	}
	code, text := clitest.Said(t, args...)
	return code, strings.ReplaceAll(text, folder+string(filepath.Separator), "")
}

func reading(second int, value string) string {
	return fmt.Sprintf(`{"source":"roof","metric":"temp","time":"2026-01-01T00:00:%02dZ","value":%s}`, second, value)
}

func protocol(second int, value string) string {
	return fmt.Sprintf("temp,source=roof value=%s %d\n", value, 1767225600+second)
}

func record(second int, value string) string {
	return fmt.Sprintf("2026-01-01 00:00:%02d,roof,%s\n", second, value)
}

// imported writes a file, imports it and gives the exit status and what was said.
func imported(t *testing.T, url, name, text string, flags ...string) (int, string) {
	t.Helper()
	path := filepath.Join(clitest.Written(t, map[string]string{name: text}), name)
	return clitest.Said(t, append([]string{"import", "--url", url, path}, flags...)...)
}

// stored is the readings of a series, as times of day and values.
func stored(t *testing.T, url, source, metric string) (out []string) {
	t.Helper()
	answer, err := http.Get(url + "/v1/readings?from=2000-01-01&to=2100-01-01&source=" + source + "&metric=" + metric)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode == http.StatusNotFound {
		return nil
	}
	var got struct {
		Readings []struct {
			Time  time.Time
			Value float64
		}
	}
	if err := json.Unmarshal(text, &got); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", source, metric, text)
	}
	for _, r := range got.Readings {
		out = append(out, fmt.Sprintf("%s %v", r.Time.UTC().Format("15:04"), r.Value))
	}
	return out
}

func gzipped(text string) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return out.String()
}

func zstded(text string) string {
	z, _ := zstd.NewWriter(nil)
	return string(z.EncodeAll([]byte(text), nil))
}

func inUTF16(text string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}
