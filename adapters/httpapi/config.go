package httpapi

import "time"

// Config is how the API behaves. The zero value of a field means its default.
type Config struct {
	Version     string        // of the program, in the document and for /ping; default "dev"
	Timeout     time.Duration // the longest a request's use case may take; default DefaultTimeout
	SourceTags  []string      // tags of line protocol that name the source when there is no tag "source"; default none
	LabelTags   []string      // tags of line protocol that are labels only; default none
	TenantRate  float64       // requests a second of one tenant; default 0: not limited
	TenantBurst int           // requests at once of one tenant; default the rate, rounded up
}

// DefaultTimeout is the default of Config.Timeout.
const DefaultTimeout = 30 * time.Second

func (c Config) withDefaults() Config {
	if c.Version == "" {
		c.Version = "dev"
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.TenantBurst == 0 {
		c.TenantBurst = int(c.TenantRate) + 1
	}
	return c
}
