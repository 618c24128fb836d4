package problem

import (
	"cmp"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/schema"
)

// Form is how the errors of a request are written: as problems, or as clients of InfluxDB expect them.
type Form uint8

const (
	formProblem Form = iota
	FormInflux1
	formInflux2
)

// FormOf is the form of a path.
func FormOf(path string) Form {
	switch path {
	case "/write":
		return FormInflux1
	case "/api/v2/write":
		return formInflux2
	}
	return formProblem
}

// In writes a problem in the form of a request, which has the name.
func (p *Error) In(f Form, request string) huma.StatusError {
	p.Instance = request
	text := cmp.Or(p.Detail, p.Title)
	switch f {
	case FormInflux1:
		p.Header.Set("X-Influxdb-Error", text)
		return &influx1{schema.Influx1Error{Text: text}, p}
	case formInflux2:
		return &influx2{schema.Influx2Error{Code: cmp.Or(influxCodes[p.Status], "internal error"), Message: text}, p}
	}
	return p
}

// influxCodes are InfluxDB 2's names.
var influxCodes = map[int]string{400: "invalid", 401: "unauthorized", 403: "forbidden", 404: "not found",
	405: "method not allowed", 409: "conflict", 413: "request too large", 415: "invalid", 422: "unprocessable entity",
	429: "too many requests", 503: "unavailable"}

// influx1 is a problem as InfluxDB 1 writes it.
type influx1 struct {
	schema.Influx1Error
	of *Error
}

func (e *influx1) Error() string           { return e.Text }
func (e *influx1) GetStatus() int          { return e.of.Status }
func (e *influx1) GetHeaders() http.Header { return e.of.Header }
func (*influx1) ContentType(string) string { return "application/json" }

// influx2 is a problem as InfluxDB 2 writes it.
type influx2 struct {
	schema.Influx2Error
	of *Error
}

func (e *influx2) Error() string           { return e.Message }
func (e *influx2) GetStatus() int          { return e.of.Status }
func (e *influx2) GetHeaders() http.Header { return e.of.Header }
func (*influx2) ContentType(string) string { return "application/json" }
