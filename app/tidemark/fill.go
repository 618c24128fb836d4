package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// fill imports the files of the weather that are due. Each is remembered once it is in.
func (w *weatherPlan) fill(e *environment, url string) error {
	if w.why != "" {
		e.say("%s", w.why)
	}
	u := uploader{client: &http.Client{Timeout: 90 * time.Second}, url: url, patience: time.Minute, say: e.say}
	defer u.client.CloseIdleConnections()
	for _, d := range slices.Clone(w.due) {
		text := &counter{in: bytes.NewReader(d.csv)}
		in := &input{name: d.name, form: formCSV, sheet: &sheet{source: d.source}, size: int64(len(d.csv)), taken: text,
			pieces: newPieces(text, formCSV, 2000)}
		sum, err := u.send1(e, in)
		if err != nil {
			return fmt.Errorf("the import of %s: %w", d.name, err)
		}
		if sum.rejected > 0 {
			return fmt.Errorf("the import of %s: %s not accepted", d.name, were(sum.rejected, "reading"))
		}
		if err := w.imported(d); err != nil {
			return err
		}
	}
	return nil
}
