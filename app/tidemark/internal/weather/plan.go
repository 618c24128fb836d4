// Package weather is the data that tidemark up begins with: four years of Seattle's days and the hours of a normal
// year, and the record of what of it is in a folder already.
package weather

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tidemark/app/tidemark/internal/console"
)

// Plan is what up does about the weather. It imports each file once for every folder, for a second import would bring
// back what was deleted since. The record in the folder says what is in. It is made before anything else is, so that a
// start that was interrupted goes on where it was.
type Plan struct {
	due    []dataset // not imported yet
	why    string    // said to people; may be empty
	path   string    // of the record; "" remembers nothing
	record record
}

// record is the file weather.json of a folder.
type record struct {
	Version  int      `json:"version"`
	Imported []string `json:"imported"` // names of files
}

const recordVersion = 1

// Open decides by what was asked for (nil: nothing was said) and by what is in the folder ("": memory). kept says
// whether there is other data in it.
func Open(folder string, kept func() (bool, error), wanted *bool) (*Plan, error) {
	if wanted != nil && !*wanted {
		return &Plan{}, nil
	}
	if folder == "" {
		return &Plan{due: all}, nil
	}
	if info, err := os.Stat(folder); err == nil && !info.IsDir() {
		return nil, console.Usagef("--folder %s is a file: name a folder, or a name that is free", folder)
	}
	w := &Plan{path: filepath.Join(folder, "weather.json"),
		record: record{Version: recordVersion, Imported: []string{}}}
	found, err := w.read()
	if err != nil {
		return nil, err
	}
	if !found && wanted == nil {
		used, err := kept()
		if err != nil {
			return nil, err
		}
		if used {
			return &Plan{why: "the weather was not imported: " + folder +
				" holds other data already (--weather adds it)"}, nil
		}
	}
	for _, d := range all {
		if !slices.Contains(w.record.Imported, d.name) {
			w.due = append(w.due, d)
		}
	}
	if len(w.due) == 0 {
		w.why = "the weather was imported into " + folder + " before: what was deleted of it since stays deleted"
		return w, nil
	}
	return w, w.write()
}

// In reports whether the weather is, or was, among the data.
func (w *Plan) In() bool { return len(w.due) > 0 || len(w.record.Imported) > 0 }

// imported notes that a file is in.
func (w *Plan) imported(d dataset) error {
	w.record.Imported = append(w.record.Imported, d.name)
	return w.write()
}

func (w *Plan) read() (found bool, err error) {
	text, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &w.record)
	}
	if err == nil && w.record.Version != recordVersion {
		err = fmt.Errorf("it has version %d and this program reads %d", w.record.Version, recordVersion)
	}
	if err != nil {
		return true, fmt.Errorf("%s, where up remembers that it imported the weather: %w; start with --no-weather, "+
			"or remove the file and start with --weather, which imports all of it again", w.path, err)
	}
	return true, nil
}

// write replaces the record as a whole, and returns when it is on the disk.
func (w *Plan) write() error {
	if w.path == "" {
		return nil
	}
	if err := w.replace(); err != nil {
		return fmt.Errorf("that the weather was imported cannot be remembered in the folder: %w", err)
	}
	return nil
}

func (w *Plan) replace() error {
	text, err := json.MarshalIndent(w.record, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(w.path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(w.path + ".new")
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(w.path+".new", w.path)
}
