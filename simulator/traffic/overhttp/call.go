package overhttp

import (
	"net/http"
	"net/url"
	"time"

	"tidemark/simulator/history"
)

// Service is the API at an address. It is safe for concurrent use.
type Service struct {
	URL    string // without a slash at the end
	Client *http.Client
	Unit   string // of every series that is written
	CSV    bool   // writes go as text/csv, a row for each reading; else as JSON
	Paired bool   // it has two journals: what it answers it vouches for up to the times that it says, and no further
}

func path(of string, parameters url.Values) string { return of + "?" + parameters.Encode() }

// span names a series, and what of it is meant.
func span(c history.Call) url.Values {
	return url.Values{"source": {c.Source}, "metric": {c.Metric}, "from": {timeText(c.From)}, "to": {timeText(c.To)}}
}

func timeText(t int64) string { return time.Unix(0, t).UTC().Format(time.RFC3339Nano) }

func after(c history.Call) http.Header {
	header := http.Header{}
	if c.After > 0 {
		header.Set("Tidemark-After", c.After.String())
	}
	return header
}
