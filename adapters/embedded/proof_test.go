package embedded_test

import (
	"testing"
	"time"

	"tidemark/ports/chunks/chunkstest"
)

func TestRows(t *testing.T) {
	chunkstest.Run(t, chunkstest.Harness{
		Second: true,
		Slow:   true, // every change waits for the disk
		New: func(t chunkstest.T) chunkstest.Fixture {
			s := openProof(t)
			return chunkstest.Fixture{Store: s.Rows(), Second: s.Rows(), Now: time.Now, Resolution: time.Microsecond}
		},
	})
}
