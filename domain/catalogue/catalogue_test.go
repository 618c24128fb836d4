package catalogue_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tidemark/domain/catalogue"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
)

// rows is an account's rows of the source s, and how often they were read.
type rows struct {
	*testing.T
	of   map[chunks.Key][]byte
	gets int
}

func (r *rows) get(_ context.Context, k chunks.Key) (chunks.Row, error) {
	r.gets++
	value, ok := r.of[k]
	if !ok {
		return chunks.Row{}, fault.New(fault.NotFound, "test", "there is no such row")
	}
	return chunks.Row{Key: k, Value: value, Version: "1"}, nil
}

func (r *rows) put(row *sourcerow.Row) {
	r.Helper()
	row.Tenant, row.Source = "t", "s"
	value, err := sourcerow.Encode(nil, row)
	if err != nil {
		r.Fatal(err)
	}
	key := chunks.SourceKey("t", "s")
	if row.Form == sourcerow.Part {
		key = chunks.SourcePartKey("t", "s", row.From)
	}
	r.of[key] = value
}

func (r *rows) open(get, fresh catalogue.Get) *catalogue.Source {
	r.Helper()
	src, err := catalogue.Open(context.Background(), "t", "s", get, fresh)
	if err != nil {
		r.Fatal(err)
	}
	return src
}

// deletion is the i-th of the metric m.
func deletion(i int) telemetry.DeletionAt {
	return telemetry.DeletionAt{From: int64(i), To: int64(i) + 1,
		Origin: telemetry.Origin{Stamp: telemetry.Stamp(i + 1), Writer: "w", Number: 1}}
}

// split is the source in four parts, of which the list names the second: a to l, from l on with the first of six
// deletions of m, the others of these, and from p on.
func split(t *testing.T) *rows {
	r := &rows{T: t, of: map[chunks.Key][]byte{}}
	all := &sourcerow.Row{}
	for _, m := range "abcklmpqz" {
		all.Metrics = append(all.Metrics, sourcerow.MetricRow{Metric: telemetry.Metric(m), Years: []int32{1}})
	}
	for i := range 6 {
		all.Metrics[5].Deletions = append(all.Metrics[5].Deletions, deletion(i))
	}
	places := []sourcerow.Place{{}, sourcerow.PlaceOf("l"), {Metric: "m", Deletion: deletion(1)},
		sourcerow.PlaceOf("p"), {}}
	for i, from := range places[:4] {
		r.put(all.Between(from, places[i+1]))
	}
	r.put(&sourcerow.Row{Form: sourcerow.Split, Parts: places[1:2]})
	return r
}

func names(metrics []sourcerow.MetricRow) (out []telemetry.Metric) {
	for _, m := range metrics {
		out = append(out, m.Metric)
	}
	return out
}

func TestPartsAreFound(t *testing.T) {
	ctx := context.Background()
	for at, c := range map[sourcerow.Place]struct {
		want []telemetry.Metric
		gets int
	}{
		{}:                      {[]telemetry.Metric{"a", "b", "c", "k"}, 2},
		sourcerow.PlaceOf("c"):  {[]telemetry.Metric{"a", "b", "c", "k"}, 2},
		sourcerow.PlaceOf("l"):  {[]telemetry.Metric{"l", "m"}, 2},
		sourcerow.PlaceOf("zz"): {[]telemetry.Metric{"p", "q", "z"}, 4}, // two steps to the right
	} {
		r := split(t)
		src := r.open(r.get, nil)
		p, err := src.Part(ctx, at)
		if err != nil || !slices.Equal(names(p.Source.Metrics), c.want) || r.gets != c.gets {
			t.Errorf("%v: %v after %d gets, want %v after %d: %v", at, p.Source, r.gets, c.want, c.gets, err)
		}
		if passed := src.Passed(); len(passed) != c.gets-2 {
			t.Errorf("%v: beside the list were found %v", at, passed)
		}
	}
	r := split(t)
	m, known, err := r.open(r.get, nil).Metric(ctx, "m")
	if err != nil || !known || len(m.Deletions) != 6 || len(m.Years) != 1 {
		t.Errorf("metric %+v, known %v: %v", m, known, err)
	}
	if _, known, err := r.open(r.get, nil).Metric(ctx, "n"); known || err != nil {
		t.Errorf("a metric that nobody wrote is known: %v", err)
	}
	var all []telemetry.Metric
	r.gets = 0
	for p, err := range r.open(r.get, nil).Parts(ctx, sourcerow.Place{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, names(p.Source.Metrics)...)
	}
	if fmt.Sprint(all) != "[a b c k l m m p q z]" || r.gets != 5 {
		t.Errorf("all parts hold %v, after %d gets", all, r.gets)
	}
}

// TestWhatIsAbsentIsNotEmpty takes rows away, as a failover does, under a reader that remembers some.
func TestWhatIsAbsentIsNotEmpty(t *testing.T) {
	ctx := context.Background()
	// The parts of the second half were never made: the first holds all, and a remembered list still names the
	// second.
	now := split(t)
	was := split(t)
	clear(now.of)
	whole := &sourcerow.Row{Form: sourcerow.Part,
		Metrics: []sourcerow.MetricRow{{Metric: "a"}, {Metric: "z"}}}
	now.put(whole)
	now.put(&sourcerow.Row{Form: sourcerow.Split})
	remembered := func(ctx context.Context, k chunks.Key) (chunks.Row, error) {
		if k == chunks.SourceKey("t", "s") {
			return was.get(ctx, k)
		}
		return now.get(ctx, k)
	}
	p, err := now.open(remembered, now.get).Part(ctx, sourcerow.PlaceOf("z"))
	if err != nil || fmt.Sprint(names(p.Source.Metrics)) != "[a z]" {
		t.Errorf("the part before: %+v, %v", p.Source, err)
	}
	// The source was whole.
	clear(now.of)
	now.put(&sourcerow.Row{Metrics: []sourcerow.MetricRow{{Metric: "z"}}})
	p, err = now.open(remembered, now.get).Part(ctx, sourcerow.PlaceOf("z"))
	if err != nil || p.Source.Form != sourcerow.Whole || len(p.Source.Metrics) != 1 {
		t.Errorf("the source's row: %+v, %v", p.Source, err)
	}
	// A remembered part ends where there is nothing any more.
	one := func(ctx context.Context, k chunks.Key) (chunks.Row, error) {
		if k == chunks.SourcePartKey("t", "s", sourcerow.PlaceOf("l")) {
			return was.get(ctx, k)
		}
		return remembered(ctx, k)
	}
	p, err = now.open(one, now.get).Part(ctx, sourcerow.PlaceOf("z"))
	if err != nil || p.Source.Form != sourcerow.Whole {
		t.Errorf("behind a part that is remembered: %+v, %v", p.Source, err)
	}
	// What is there does not fit together: no answer.
	broken := split(t)
	delete(broken.of, chunks.SourcePartKey("t", "s", sourcerow.PlaceOf("p")))
	if _, err := broken.open(broken.get, broken.get).Part(ctx, sourcerow.PlaceOf("z")); !fault.Is(err,
		fault.Unavailable) ||
		fault.Message(err) == "" {
		t.Errorf("a part is missing, and the answer is %v", err)
	}
}

func TestARowInAnothersPlaceIsCorrupt(t *testing.T) {
	r := split(t)
	r.of[chunks.SourcePartKey("t", "s", sourcerow.PlaceOf("l"))] = r.of[chunks.SourcePartKey("t", "s",
		sourcerow.Place{})]
	if _, err := r.open(r.get, r.get).Part(context.Background(), sourcerow.PlaceOf("l")); !fault.Is(err,
		fault.Corrupt) {
		t.Errorf("%v", err)
	}
	r.of[chunks.SourceKey("t", "s")] = []byte("spoiled")
	if _, err := catalogue.Open(context.Background(), "t", "s", r.get, r.get); !fault.Is(err, fault.Corrupt) {
		t.Errorf("%v", err)
	}
}
