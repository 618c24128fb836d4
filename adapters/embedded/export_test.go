package embedded

import "os"

// NoSync is options of a store that leaves its file to the kernel: for tests that are about answers, not about
// crashes.
func NoSync() Options { return Options{noSync: true} }

// Through is options of a store that opens its file with a function of the test.
func Through(open func(string, int, os.FileMode) (*os.File, error)) Options {
	return Options{openFile: open}
}

// Commits is how often the store has written to its file since that was made.
func (s *Store) Commits() int {
	tx, err := s.db.Begin(false)
	if err != nil {
		panic(err)
	}
	defer func() { _ = tx.Rollback() }()
	return tx.ID()
}

// Disturb lets a function of the test stand around every transaction.
func (s *Store) Disturb(f func(op string, call func() error) error) { s.disturb = f }
