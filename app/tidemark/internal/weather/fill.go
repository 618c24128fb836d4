package weather

import (
	"slices"

	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/importing"
)

// Fill imports the files of the weather that are due. Each is remembered once it is in.
func (w *Plan) Fill(e *console.Environment, url string) error {
	if w.why != "" {
		e.Say("%s", w.why)
	}
	for _, d := range slices.Clone(w.due) {
		if err := importing.Text(e, url, d.name, d.source, d.csv); err != nil {
			return err
		}
		if err := w.imported(d); err != nil {
			return err
		}
	}
	return nil
}
