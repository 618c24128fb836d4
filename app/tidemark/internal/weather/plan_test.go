package weather

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/simulator/topology"
)

// TestTheWeatherIsImportedOnce goes through what up meets in a folder, and what it was told.
func TestTheWeatherIsImportedOnce(t *testing.T) {
	yes, no := true, false
	const (
		half  = `{"version":1,"imported":["seattle-weather.csv"]}`
		whole = `{"version":1,"imported":["seattle-weather.csv","seattle-weather-hourly-normals.csv"]}`
	)
	for _, c := range []struct {
		name   string
		files  map[string]string // in the folder
		wanted *bool
		due    int
		says   string
		in     bool
	}{
		{"a new folder", nil, nil, 2, "", true},
		{"a new folder, asked for", nil, &yes, 2, "", true},
		{"a new folder, refused", nil, &no, 0, "", false},
		{"other files", map[string]string{"README": "mine"}, nil, 2, "", true},
		{"begun", map[string]string{"weather.json": `{"version":1,"imported":[]}`, "roles.json": "{}"}, nil, 2, "",
			true},
		{"half", map[string]string{"weather.json": half, "roles.json": "{}"}, nil, 1, "", true},
		{"half, refused", map[string]string{"weather.json": half, "roles.json": "{}"}, &no, 0, "", false},
		{"whole", map[string]string{"weather.json": whole, "roles.json": "{}"}, nil, 0, "stays deleted", true},
		{"whole, asked for", map[string]string{"weather.json": whole, "roles.json": "{}"}, &yes, 0, "stays deleted",
			true},
		{"data of somebody else", map[string]string{"roles.json": "{}"}, nil, 0,
			"other data already (--weather adds it)", false},
		{"of an interrupted start", map[string]string{"west/db.json": "{}"}, nil, 0, "holds other data already", false},
		{"of somebody else, asked for", map[string]string{"roles.json": "{}"}, &yes, 2, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := topology.Default()
			cfg.Folder = filepath.Join(t.TempDir(), "data")
			for name, text := range c.files {
				path := filepath.Join(cfg.Folder, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			w, err := Open(cfg.Folder, cfg.Kept, c.wanted)
			if err != nil {
				t.Fatal(err)
			}
			if len(w.due) != c.due || w.In() != c.in || !strings.Contains(w.why, c.says) ||
				(w.why == "") != (c.says == "") {
				t.Errorf("%d files due, in: %v, says %q", len(w.due), w.In(), w.why)
			}
			for n := len(w.due); n > 0; n-- { // each is remembered by itself, whenever the next start comes
				if err := w.imported(w.due[len(w.due)-n]); err != nil {
					t.Fatal(err)
				}
				again, err := Open(cfg.Folder, cfg.Kept, nil)
				if err != nil || len(again.due) != n-1 {
					t.Errorf("after %d of %d files %+v, %v", len(w.due)-n+1, len(w.due), again.due, err)
				}
			}
		})
	}
}

// TestARecordOfTheWeatherThatCannotBeRead says what to do.
func TestARecordOfTheWeatherThatCannotBeRead(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":2,"imported":[]}`} {
		cfg := topology.Default()
		cfg.Folder = t.TempDir()
		if err := os.WriteFile(filepath.Join(cfg.Folder, "weather.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Open(cfg.Folder, cfg.Kept, nil)
		if err == nil || !strings.Contains(err.Error(), "start with --no-weather, or remove the file") {
			t.Errorf("%q: %v", text, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, nil, nil); err == nil || !strings.Contains(err.Error(), "is a file: name a folder") {
		t.Errorf("a file for a folder: %v", err)
	}
}
