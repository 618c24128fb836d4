package overhttp

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"

	"tidemark/simulator/history"
)

// column is one series of a document.
type column struct {
	Source string    `json:"source"`
	Metric string    `json:"metric"`
	Unit   string    `json:"unit,omitempty"`
	Times  []string  `json:"times"`
	Values []float64 `json:"values"`
}

// document is a body in JSON.
func document(of []history.Column, unit string) (body []byte, form string, err error) {
	columns := make([]column, len(of))
	for i, col := range of {
		columns[i] = column{Source: col.Source, Metric: col.Metric, Unit: unit, Values: col.Values}
		for _, t := range col.Times {
			columns[i].Times = append(columns[i].Times, timeText(t))
		}
	}
	body, err = json.Marshal(map[string]any{"series": columns})
	return body, "application/json", err
}

// table is a body in CSV: a row for each reading.
func table(of []history.Column) []byte {
	var body bytes.Buffer
	w := csv.NewWriter(&body)
	_ = w.Write([]string{"time", "source", "metric", "value"}) // into memory, which never fails
	for _, col := range of {
		for i, t := range col.Times {
			_ = w.Write([]string{timeText(t), col.Source, col.Metric,
				strconv.FormatFloat(col.Values[i], 'g', -1, 64)})
		}
	}
	w.Flush()
	return body.Bytes()
}

// count is how many readings there are.
func count(of []history.Column) (n int) {
	for _, col := range of {
		n += len(col.Times)
	}
	return n
}
