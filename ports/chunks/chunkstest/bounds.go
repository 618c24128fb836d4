package chunkstest

import (
	"fmt"
	"strings"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

func bounds(t T, f Fixture) {
	ctx, s := prepared(t, f)
	many := make([]chunks.Change, chunks.MaxChanges+1)
	for i := range many {
		many[i] = chunks.Change{Key: at(fmt.Sprintf("many %03d", i)), Value: []byte{byte(i)}}
	}
	proof.Kind(t, s.Apply(ctx, many...), "one change too many", fault.TooLarge)
	wantNone(ctx, t, s, many[0].Key)
	proof.OK(t, s.Apply(ctx, many[:chunks.MaxChanges]...), "as many changes as allowed")
	for _, c := range many[:chunks.MaxChanges] {
		want(ctx, t, s, c.Key, string(c.Value))
	}

	largest := strings.Repeat("v", chunks.MaxValueBytes)
	proof.Kind(t, s.Apply(ctx, chunks.Change{Key: at("large"), Value: []byte(largest + "v")}), "one byte too many",
		fault.TooLarge)
	wantNone(ctx, t, s, at("large"))
	put(ctx, t, s, at("large"), largest)
	want(ctx, t, s, at("large"), largest)
	put(ctx, t, s, at("empty"), "")
	want(ctx, t, s, at("empty"), "")

	full := filled(chunks.MaxApplyBytes)
	over := filled(chunks.MaxApplyBytes + 1)
	proof.Kind(t, s.Apply(ctx, over...), "together one byte too many", fault.TooLarge)
	wantNone(ctx, t, s, over[0].Key)
	proof.OK(t, s.Apply(ctx, full...), "together as many bytes as allowed")
	for _, c := range full {
		want(ctx, t, s, c.Key, string(c.Value))
	}
}

// filled is insertions whose values have so many bytes together and are each within its own bound.
func filled(total int) []chunks.Change {
	var out []chunks.Change
	for i := 0; total > 0; i++ {
		n := min(total, chunks.MaxValueBytes)
		total -= n
		out = append(out, chunks.Change{Key: at(fmt.Sprintf("filled %d", i)), Value: []byte(strings.Repeat("f", n))})
	}
	return out
}

func invalid(t T, f Fixture) {
	ctx, s := prepared(t, f)
	put(ctx, t, s, at("r"), "1")
	v := want(ctx, t, s, at("r"), "1").Version
	elsewhere := chunks.SourceKey(tenant, "elsewhere")
	neighbour := at("new")
	neighbour.Of.Metric = "voltage"
	for _, c := range []struct {
		what    string
		changes []chunks.Change
	}{
		{"no change", nil},
		{"two tables", []chunks.Change{{Key: at("new"), Value: []byte("x")}, {Key: elsewhere, Value: []byte("x")}}},
		{"two series", []chunks.Change{{Key: at("new"), Value: []byte("x")}, {Key: neighbour, Value: []byte("x")}}},
		{"a row set twice", []chunks.Change{{Key: at("new"), Value: []byte("x")},
			{Key: at("new"), Value: []byte("y")}}},
		{"a row set and deleted", []chunks.Change{{Key: at("r"), If: v, Value: []byte("x")},
			{Key: at("r"), If: v, Delete: true}}},
	} {
		proof.Kind(t, s.Apply(ctx, c.changes...), c.what, fault.Invalid)
		want(ctx, t, s, at("r"), "1")
		wantNone(ctx, t, s, at("new"))
		wantNone(ctx, t, s, neighbour)
		wantNone(ctx, t, s, elsewhere)
	}
}

func canceled(t T, f Fixture) {
	ctx, s := prepared(t, f)
	put(ctx, t, s, at("r"), "1")
	v := want(ctx, t, s, at("r"), "1").Version
	ended := proof.Ended()
	_, err := s.Get(ended, at("r"))
	proof.Kind(t, err, "get", fault.Canceled)
	_, err = scan(ended, s, chunks.Range{Partition: at("").Partition})
	proof.Kind(t, err, "scan", fault.Canceled)
	proof.Kind(t, s.Prepare(ended, year+1), "prepare", fault.Canceled)
	proof.Kind(t, s.Expire(ended, year-1), "expire", fault.Canceled)
	_, err = s.Expired(ended)
	proof.Kind(t, err, "expired", fault.Canceled)
	err = s.Apply(ended, chunks.Change{Key: at("r"), If: v, Value: []byte("2")},
		chunks.Change{Key: at("s"), Value: []byte("2")})
	proof.Kind(t, err, "apply", fault.Canceled)
	row, err := s.Get(ctx, at("r"))
	proof.OK(t, err, "get")
	if string(row.Value) == "2" { // it may have happened, then as a whole
		want(ctx, t, s, at("s"), "2")
	} else {
		want(ctx, t, s, at("r"), "1")
		wantNone(ctx, t, s, at("s"))
	}
}
