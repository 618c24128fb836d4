package memory_test

import (
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/ports/chunks/chunkstest"
)

func TestRowsProof(t *testing.T) {
	for _, resolution := range []time.Duration{0, time.Second} {
		t.Run("resolution "+resolution.String(), func(t *testing.T) {
			chunkstest.Run(t, chunkstest.Harness{Faults: true, Second: true,
				New: func(chunkstest.T) chunkstest.Fixture {
					s := goruntime.New()
					rows := memory.NewRows(s)
					rows.SetResolution(resolution)
					rows.SetSkew(-time.Hour)
					hook := &once{}
					rows.SetFault(hook.next)
					return chunkstest.Fixture{
						Store: rows, Second: rows, Resolution: resolution,
						Arm: func(f chunkstest.Fault) { hook.arm(shapes[f]) },
						Now: func() time.Time { return s.Now().Add(-time.Hour) },
					}
				}})
		})
	}
}
