package readpath

import (
	"context"
	"iter"
	"slices"

	"tidemark/domain/catalogue"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/chunks"
)

// named lists the sources that the journal's blocks name, rising, with the blocks of each.
func (q *Question) named() ([]telemetry.Source, map[telemetry.Source][]*blockcodec.View) {
	by := map[telemetry.Source][]*blockcodec.View{}
	for _, sh := range q.shards {
		for _, b := range sh.snap.Blocks {
			if !sh.counts(&b) {
				continue
			}
			for _, s := range b.View.Named() {
				by[s] = append(by[s], b.View)
			}
		}
	}
	names := make([]telemetry.Source, 0, len(by))
	for s := range by {
		names = append(names, s)
	}
	slices.Sort(names)
	return names, by
}

// Sources yields every source from a name on, rising: those of the catalogue's rows and those that the journal's
// blocks name.
func (q *Question) Sources(ctx context.Context, from telemetry.Source) iter.Seq2[*Source, error] {
	return func(yield func(*Source, error) bool) {
		if q.only != "" {
			yield(nil, fault.New(fault.Internal, "readpath.sources", "the question is about source %q", q.only))
			return
		}
		names, blocks := q.named()
		i, _ := slices.BinarySearch(names, from)
		names = names[i:]
		emit := func(src *catalogue.Source) bool {
			return yield(&Source{q: q, src: src, blocks: blocks[src.Name()]}, nil)
		}
		for row, err := range q.account().Scan(ctx, chunks.Sources(q.tenant, from)) {
			if err != nil {
				yield(nil, err)
				return
			}
			name := telemetry.Source(row.Key.Row)
			src, err := catalogue.Of(row, q.catalogue(q.shardOf(name)), q.fresh)
			if err != nil {
				yield(nil, err)
				return
			}
			for len(names) > 0 && names[0] < name {
				if !emit(catalogue.None(q.tenant, names[0])) {
					return
				}
				names = names[1:]
			}
			if len(names) > 0 && names[0] == name {
				names = names[1:]
			}
			if !emit(src) {
				return
			}
		}
		for _, n := range names {
			if !emit(catalogue.None(q.tenant, n)) {
				return
			}
		}
	}
}
