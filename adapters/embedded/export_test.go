package embedded

import "os"

// NoSync is options of a store that leaves its file to the kernel: for tests that are about answers, not about crashes.
func NoSync() Options { return Options{noSync: true} }

// Through is options of a store that opens its file with a function of the test.
func Through(open func(string, int, os.FileMode) (*os.File, error)) Options {
	return Options{openFile: open}
}

// Disturb lets a function of the test stand around every transaction.
func (s *Store) Disturb(f func(op string, call func() error) error) { s.disturb = f }
