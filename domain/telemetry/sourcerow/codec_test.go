package sourcerow

import (
	"errors"
	"strings"
	"testing"

	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
)

func TestWhatCannotBeEncoded(t *testing.T) {
	encoded := func(_ []byte, err error) error { return err }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"labels unsorted", encoded(Encode(nil, &Row{Labels: make([]LabelAt, 2)})),
			"labels are not sorted"},
		{"metrics unsorted", encoded(Encode(nil, &Row{Metrics: make([]MetricRow, 2)})),
			"metrics are not sorted"},
		{"years unsorted", encoded(Encode(nil, &Row{Metrics: []MetricRow{{Years: []int32{2, 1}}}})),
			"years of a metric"},
		{"deletions unsorted", encoded(Encode(nil,
			&Row{Metrics: []MetricRow{{Deletions: make([]telemetry.DeletionAt, 2)}}})), "deletions of a metric"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !errors.Is(c.err, stored.ErrInvalid) || !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("error %v, expected ErrInvalid with %q", c.err, c.want)
			}
		})
	}
}

func mustOpen(t interface{ Fatal(...any) }, h blockcodec.Header, batches ...*telemetry.Batch) *blockcodec.View {
	p, err := new(blockcodec.Builder).Build(nil, h, batches...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := blockcodec.Open(p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
