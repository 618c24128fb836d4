package e2e

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// weatherFile is one of the files that come with the program, read here by plain means.
type weatherFile struct {
	path   string
	source string             // under which the node has it
	order  []string           // the metrics, in the order of the columns
	series map[string][]point // by metric, in the order of time
	text   map[string]int     // columns without numbers, and how many cells they have
}

// weatherPath is where a file lies, whatever the folder of the program that gets it.
func weatherPath(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "app", "tidemark", "internal", "weather", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// readWeather reads a file whose first column is a time without a zone.
func readWeather(t testing.TB, name, source string, zone *time.Location) *weatherFile {
	t.Helper()
	w := &weatherFile{path: weatherPath(t, name), source: source, series: map[string][]point{}, text: map[string]int{}}
	in, err := os.Open(w.path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		at, err := time.ParseInLocation("2006-01-02T15:04:05", (row[0] + "T00:00:00")[:19], zone)
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range row[1:] {
			metric := rows[0][i+1]
			if v, err := strconv.ParseFloat(cell, 64); err == nil {
				w.series[metric] = append(w.series[metric], point{at.UTC(), v})
			} else {
				w.text[metric]++
			}
		}
	}
	for _, metric := range rows[0][1:] {
		if w.series[metric] != nil {
			w.order = append(w.order, metric)
		}
	}
	return w
}

// readings is how many numbers the file has.
func (w *weatherFile) readings() int {
	n := 0
	for _, points := range w.series {
		n += len(points)
	}
	return n
}

// span is from the first reading to just after the last.
func (w *weatherFile) span() (from, to time.Time) {
	points := w.series[w.order[0]]
	return points[0].Time, points[len(points)-1].Time.Add(time.Nanosecond)
}

// The files hold what the program says they hold: if not, the tests below compare with something else.
func TestWeatherFiles(t *testing.T) {
	days := readWeather(t, "seattle-weather.csv", "", time.UTC)
	hours := readWeather(t, "seattle-weather-hourly-normals.csv", "", time.UTC)
	if days.readings() != 5844 || len(days.series) != 4 || days.text["weather"] != 1461 || len(days.text) != 1 {
		t.Errorf("days: %d readings of %v, text %v", days.readings(), days.order, days.text)
	}
	if hours.readings() != 26277 || len(hours.series) != 3 || len(hours.text) != 0 {
		t.Errorf("hours: %d readings of %v, text %v", hours.readings(), hours.order, hours.text)
	}
}
