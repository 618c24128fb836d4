package console

import "fmt"

// ConfigError is a configuration that is wrong. It is told with the help that is meant.
type ConfigError struct{ Err error }

func (e ConfigError) Error() string { return e.Err.Error() }

func (e ConfigError) Unwrap() error { return e.Err }

// UsageError is a command line that is wrong. It is told with the help that is meant.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }

func (e UsageError) Unwrap() error { return e.Err }

// Usagef makes a UsageError of a text.
func Usagef(format string, args ...any) error { return UsageError{Err: fmt.Errorf(format, args...)} }
