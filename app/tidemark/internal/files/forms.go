package files

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Form is how readings are written in a file.
type Form string

// The forms, as --format names them.
const (
	CSV    Form = "csv"
	NDJSON Form = "ndjson"
	JSON   Form = "json"
	Line   Form = "line"
)

// endings say the form of a file. One of packed behind them is passed over.
var endings = map[string]Form{".csv": CSV, ".tsv": CSV, ".ndjson": NDJSON, ".jsonl": NDJSON,
	".json": JSON, ".lp": Line, ".line": Line}

// packed are the endings of compressed files. Whether a file is compressed is seen from its first bytes, whatever its
// name.
var packed = []string{".gz", ".zst"}

const knownEndings = ".csv, .tsv, .ndjson, .jsonl, .json, .lp or .line, and .gz or .zst behind them"

// formOf is the form of a file by its name, and the name without folders and endings. An unknown ending is an error.
func formOf(name string) (Form, string, error) {
	base := filepath.Base(name)
	for _, p := range packed {
		if strings.EqualFold(filepath.Ext(base), p) {
			base = base[:len(base)-len(p)]
		}
	}
	ending := filepath.Ext(base)
	base = base[:len(base)-len(ending)]
	f, ok := endings[strings.ToLower(ending)]
	if !ok {
		return "", base, fmt.Errorf("its name does not say how readings are written in it: give --format csv, "+
			"ndjson, json or line, or a name that ends in %s", knownEndings)
	}
	return f, base, nil
}
