package metrics

import (
	"context"
	"log/slog"

	"tidemark/domain/region"
)

// Reached logs what a person would want to know of the journals of two regions, of the endpoints of accounts that have
// a secondary, and of the mode: a line when one is lost, when it is well again, and when the mode changes. Whatever
// flickers between is told at level debug.
func Reached(log *slog.Logger) func(region.Decision) {
	return func(d region.Decision) {
		switch d := d.(type) {
		case region.Turned:
			turned(log, d)
		case region.Changed:
			changed(log, d)
		case region.Flowed:
			log.Debug("the account is "+d.To.String(), "was", d.From.String())
		}
	}
}

// turned logs that an endpoint's health is another. It is lost until it is well: what answers once while it returns is
// not back.
func turned(log *slog.Logger, d region.Turned) {
	what := "the journal does not answer"
	back := "the journal answers again"
	of := slog.String("journal", d.At.Of)
	if d.At.Role != region.Journal {
		what, back = "an endpoint of the account does not answer", "an endpoint of the account answers again"
		of = slog.Group("account", slog.String("name", d.At.Of), slog.String("endpoint", d.At.Role.String()))
	}
	switch {
	case d.To == region.Lost && d.From != region.Returning:
		log.Warn(what, of)
	case d.To == region.Well && d.From == region.Returning:
		log.Info(back, of)
	default:
		log.Debug("what is heard of an endpoint is another", of, slog.String("is", d.To.String()),
			slog.String("was", d.From.String()))
	}
}

// changed logs that the mode is another, and what that means.
func changed(log *slog.Logger, d region.Changed) {
	level := slog.LevelInfo
	if d.To < d.From {
		level = slog.LevelWarn
	}
	log.Log(context.Background(), level, "the mode is "+d.To.String()+": "+means[d.To], "was", d.From.String())
}

// means is what a mode means for those who ask.
var means = map[region.Mode]string{
	region.Normal:   "what is written is in both regions",
	region.Exposed:  "one journal is reached; what is written is in one region, and says so",
	region.ReadOnly: "neither journal is well; writes may be refused, and answers may be old",
	region.Away:     "the journal is not reached; writes and questions are refused",
}
