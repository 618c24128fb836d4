package compose

import (
	"io"
	"log/slog"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
)

// logging makes fx say what it does to the node's log, at debug. So are the errors: Start and Stop return them, and
// whoever called says them in sentences for people.
func logging() fx.Option {
	return fx.WithLogger(func(log *slog.Logger) fxevent.Logger {
		l := &fxevent.SlogLogger{Logger: log}
		l.UseLogLevel(slog.LevelDebug)
		l.UseErrorLevel(slog.LevelDebug)
		return l
	})
}

func (l Log) level() (slog.Level, error) {
	var level slog.Level
	err := level.UnmarshalText([]byte(l.Level))
	return level, err
}

// logger is the node's log: structured lines, each with the node's name and region.
func (c Config) logger(out io.Writer) *slog.Logger {
	level, err := c.Log.level()
	if err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewTextHandler(out, options)
	if c.Log.Format == "json" {
		h = slog.NewJSONHandler(out, options)
	}
	log := slog.New(h)
	if c.Node.Name != "" {
		log = log.With("node", c.Node.Name)
	}
	return log.With("region", c.Node.Region)
}
