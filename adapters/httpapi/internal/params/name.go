package params

import (
	"fmt"
	"time"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/telemetry"
)

// SourceName is the source in a path.
type SourceName struct {
	Source string `path:"source" minLength:"1" maxLength:"512" doc:"The source; percent-encode what is special in a path, a slash as %2F."`
}

// CheckName checks a source or metric that a parameter gives; the error is of its location.
func CheckName(location, what, s string) error {
	if err := telemetry.CheckName(what, s); err != nil {
		return problem.Param(location, err.Error())
	}
	return nil
}

// Zone finds a time zone by its IANA name; "" is UTC.
func Zone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, problem.Param("query.tz", fmt.Sprintf(
			"there is no zone %.40q: write an IANA name, as in Europe/Berlin", name))
	}
	return loc, nil
}
