package chunkstest

import (
	"context"
	"slices"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"

	"pgregory.net/rapid"
)

// machine is a store and the plain map it has to be like.
type machine struct {
	ctx     context.Context
	f       Fixture
	faults  bool
	rows    map[chunks.Key]string
	version map[chunks.Key]chunks.Version // as read last; "" if never
	old     []chunks.Version              // versions that are no longer any row's
	years   map[int32]bool
	expired int32
}

func model(t T, h Harness) {
	runs := 1000
	if h.Slow {
		runs = 5
	}
	proof.Check(t, runs, func(rt *rapid.T) {
		f := h.New(rt)
		m := &machine{ctx: proof.Context(rt), f: f, faults: h.Faults, expired: -1 << 31, rows: map[chunks.Key]string{},
			version: map[chunks.Key]chunks.Version{}, years: map[int32]bool{1: true}}
		proof.OK(rt, f.Store.Prepare(m.ctx, 1), "prepare")
		rt.Repeat(map[string]func(*rapid.T){"apply": m.apply, "get": m.get, "scan": m.scan, "prepare": m.prepare,
			"expire": m.expire})
		for k := range m.rows {
			m.check(rt, k)
		}
	})
}

var (
	drawPartition = rapid.SampledFrom([]chunks.Partition{
		{Table: chunks.Chunks, Year: 1, Tenant: "a", Of: meter},
		{Table: chunks.Chunks, Year: 2, Tenant: "a", Of: meter},
		{Table: chunks.Chunks, Year: 1, Tenant: "a|", Of: meter},
		{Table: chunks.Catalogue, Tenant: "a"},
	})
	drawRow = rapid.SampledFrom([]string{"a", "aa", "b", "B", "a|b", "\xff", "\x00", "z"})
)

// drawKey is a key of a table that exists.
func (m *machine) drawKey(t *rapid.T, of chunks.Partition) chunks.Key {
	return chunks.Key{Partition: of, Row: drawRow.Draw(t, "row")}
}

func (m *machine) exists(of chunks.Partition) bool {
	return of.Table != chunks.Chunks || m.years[of.Year]
}

func (m *machine) apply(t *rapid.T) {
	of := drawPartition.Filter(m.exists).Draw(t, "partition")
	rows := rapid.SliceOfNDistinct(drawRow, 1, 4, rapid.ID).Draw(t, "rows")
	changes := make([]chunks.Change, len(rows))
	right := true
	for i, row := range rows {
		k := chunks.Key{Partition: of, Row: row}
		c := chunks.Change{Key: k, If: m.version[k], Value: []byte(rapid.StringN(0, 8, -1).Draw(t, "value"))}
		if _, there := m.rows[k]; there && rapid.Bool().Draw(t, "delete") {
			c.Delete, c.Value = true, nil
		}
		if len(m.old) > 0 && rapid.IntRange(0, 9).Draw(t, "wrong") == 0 {
			c.If, right = rapid.SampledFrom(m.old).Draw(t, "old"), false
		}
		changes[i] = c
	}
	struck := proof.Fault(0)
	if m.faults && rapid.IntRange(0, 4).Draw(t, "fault") == 0 {
		struck = rapid.SampledFrom(proof.AllFaults).Draw(t, "struck")
		m.f.Arm(struck)
	}
	err := m.f.Store.Apply(m.ctx, changes...)
	switch {
	case struck != 0:
		proof.Kind(t, err, "apply under a fault", struck.Kind())
	case right:
		proof.OK(t, err, "apply")
	default:
		proof.Kind(t, err, "apply with a wrong version", fault.Conflict)
	}
	for _, c := range changes {
		if right && (struck == 0 || struck == Applied) {
			m.change(c)
		}
		m.check(t, c.Key)
	}
}

// change carries a change out on the map. The version is read by check.
func (m *machine) change(c chunks.Change) {
	if v := m.version[c.Key]; v != "" {
		m.old = append(m.old, v)
	}
	delete(m.version, c.Key)
	delete(m.rows, c.Key)
	if !c.Delete {
		m.rows[c.Key] = string(c.Value)
	}
}

// check reads a row and compares it with the map.
func (m *machine) check(t *rapid.T, k chunks.Key) {
	t.Helper()
	value, there := m.rows[k]
	if !there {
		wantNone(m.ctx, t, m.f.Store, k)
		return
	}
	row := want(m.ctx, t, m.f.Store, k, value)
	if known := m.version[k]; known != "" && known != row.Version || slices.Contains(m.old, row.Version) {
		t.Fatalf("row %q has version %q, known was %q", k.Row, row.Version, known)
	}
	m.version[k] = row.Version
}

func (m *machine) get(t *rapid.T) {
	m.check(t, m.drawKey(t, drawPartition.Draw(t, "partition")))
}

func (m *machine) scan(t *rapid.T) {
	r := chunks.Range{Partition: drawPartition.Draw(t, "partition")}
	r.From = rapid.OneOf(rapid.Just(""), drawRow).Draw(t, "from")
	r.To = rapid.OneOf(rapid.Just(""), drawRow).Draw(t, "to")
	want := []string{}
	for k := range m.rows {
		if k.Partition == r.Partition && k.Row >= r.From && (r.To == "" || k.Row < r.To) {
			want = append(want, k.Row)
		}
	}
	slices.Sort(want)
	if got := scanned(m.ctx, t, m.f.Store, r); !slices.Equal(got, want) {
		t.Fatalf("scan %+v: got %q, want %q", r, got, want)
	}
}

func (m *machine) prepare(t *rapid.T) {
	y := rapid.Int32Range(1, 3).Draw(t, "year")
	err := m.f.Store.Prepare(m.ctx, y)
	if y < m.expired {
		proof.Kind(t, err, "prepare an expired year", fault.Conflict)
		return
	}
	proof.OK(t, err, "prepare")
	m.years[y] = true
}

func (m *machine) expire(t *rapid.T) {
	if rapid.IntRange(0, 7).Draw(t, "rarely") != 0 {
		return
	}
	before := rapid.Int32Range(0, 3).Draw(t, "before")
	proof.OK(t, m.f.Store.Expire(m.ctx, before), "expire")
	m.expired = max(m.expired, before)
	for y := range m.years {
		if y < m.expired {
			delete(m.years, y)
		}
	}
	for k := range m.rows {
		if k.Table == chunks.Chunks && k.Year < m.expired {
			delete(m.rows, k)
			delete(m.version, k)
		}
	}
}
