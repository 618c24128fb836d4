package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tidemark/simulator/topology"
)

// weatherPlan is what up does about the weather. It imports each file once for every folder, for a second import
// would bring back what was deleted since. The record in the folder says what is in. It is made before anything else
// is, so that a start that was interrupted goes on where it was.
type weatherPlan struct {
	due    []dataset // not imported yet
	why    string    // said to people; may be empty
	path   string    // of the record; "" remembers nothing
	record weatherRecord
}

// weatherRecord is the file weather.json of a folder.
type weatherRecord struct {
	Version  int      `json:"version"`
	Imported []string `json:"imported"` // names of files
}

const weatherRecordVersion = 1

// openWeather decides by what was asked for (nil: nothing was said) and by what is in the folder.
func openWeather(cfg topology.Config, wanted *bool) (*weatherPlan, error) {
	if wanted != nil && !*wanted {
		return &weatherPlan{}, nil
	}
	if cfg.Folder == "" {
		return &weatherPlan{due: weather}, nil
	}
	if info, err := os.Stat(cfg.Folder); err == nil && !info.IsDir() {
		return nil, usageError{fmt.Errorf("--folder %s is a file: name a folder, or a name that is free", cfg.Folder)}
	}
	w := &weatherPlan{path: filepath.Join(cfg.Folder, "weather.json"),
		record: weatherRecord{Version: weatherRecordVersion, Imported: []string{}}}
	found, err := w.read()
	if err != nil {
		return nil, err
	}
	if !found && wanted == nil {
		used, err := cfg.Kept()
		if err != nil {
			return nil, err
		}
		if used {
			return &weatherPlan{why: "the weather was not imported: " + cfg.Folder +
				" holds other data already (--weather adds it)"}, nil
		}
	}
	for _, d := range weather {
		if !slices.Contains(w.record.Imported, d.name) {
			w.due = append(w.due, d)
		}
	}
	if len(w.due) == 0 {
		w.why = "the weather was imported into " + cfg.Folder + " before: what was deleted of it since stays deleted"
		return w, nil
	}
	return w, w.write()
}

// in reports whether the weather is, or was, among the data.
func (w *weatherPlan) in() bool { return len(w.due) > 0 || len(w.record.Imported) > 0 }

// imported notes that a file is in.
func (w *weatherPlan) imported(d dataset) error {
	w.record.Imported = append(w.record.Imported, d.name)
	return w.write()
}

func (w *weatherPlan) read() (found bool, err error) {
	text, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &w.record)
	}
	if err == nil && w.record.Version != weatherRecordVersion {
		err = fmt.Errorf("it has version %d and this program reads %d", w.record.Version, weatherRecordVersion)
	}
	if err != nil {
		return true, fmt.Errorf("%s, where up remembers that it imported the weather: %w; start with --no-weather, "+
			"or remove the file and start with --weather, which imports all of it again", w.path, err)
	}
	return true, nil
}

// write replaces the record as a whole, and returns when it is on the disk.
func (w *weatherPlan) write() error {
	if w.path == "" {
		return nil
	}
	if err := w.replace(); err != nil {
		return fmt.Errorf("that the weather was imported cannot be remembered in the folder: %w", err)
	}
	return nil
}

func (w *weatherPlan) replace() error {
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
