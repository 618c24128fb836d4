package overhttp

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/ports/sched"
	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
)

// RealTime is the time of this machine.
func RealTime() sched.Scheduler { return goruntime.New() }

var _ traffic.Service = Service{}

// Write sends readings, in one request.
func (s Service) Write(ctx context.Context, c history.Call) (history.Answer, error) {
	body, form, err := document(c.Readings, s.Unit)
	if s.CSV {
		body, form, err = table(c.Readings), "text/csv", nil
	}
	if err != nil {
		return history.Answer{}, &traffic.Refused{Why: err.Error()}
	}
	header := after(c)
	header.Set("Content-Type", form)
	r, err := s.send(ctx, http.MethodPost, "/v1/readings", header, body)
	if err != nil {
		return history.Answer{}, err
	}
	return r.acknowledged(count(c.Readings))
}

// Delete deletes readings of a series.
func (s Service) Delete(ctx context.Context, c history.Call) (history.Answer, error) {
	r, err := s.send(ctx, http.MethodDelete, path("/v1/readings", span(c)), after(c), nil)
	if err != nil {
		return history.Answer{}, err
	}
	return r.acknowledged(0)
}

// Latest asks for the last reading of a series.
func (s Service) Latest(ctx context.Context, c history.Call) (a history.Answer, err error) {
	var page struct {
		Latest []struct {
			Source, Metric string
			Time           time.Time
			Value          float64
		}
	}
	r, err := s.get(ctx, path("/v1/latest", url.Values{"source": {c.Source}, "metric": {c.Metric}}), &page)
	if err != nil {
		return a, err
	}
	a.Claim = r.claim()
	for _, l := range page.Latest {
		a.Readings = append(a.Readings, history.Column{Source: l.Source, Metric: l.Metric,
			Times: []int64{l.Time.UnixNano()}, Values: []float64{l.Value}})
	}
	return a, nil
}

// Ask asks for aggregates of a series, or by a question of its own: a path with its parameters, before which the form
// of the answer may stand, as in "text/csv /v1/series".
func (s Service) Ask(ctx context.Context, c history.Call) (history.Answer, error) {
	switch c.Kind {
	case history.Count, history.Fold:
		return s.fold(ctx, c)
	case history.Ask:
	default:
		return history.Answer{}, &traffic.Refused{Why: fmt.Sprintf("the API has no %v", c.Kind)}
	}
	form, question, found := strings.Cut(c.Question, " ")
	header := http.Header{}
	if found {
		header.Set("Accept", form)
	} else {
		question = c.Question
	}
	r, err := s.send(ctx, http.MethodGet, question, header, nil)
	if err != nil {
		return history.Answer{}, err
	}
	return history.Answer{Text: string(r.body), Claim: r.claim()}, nil
}
