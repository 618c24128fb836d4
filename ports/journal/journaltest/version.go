package journaltest

import (
	"fmt"
	"slices"
	"sync"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// streamVersions watches the version of a stream.
type streamVersions struct {
	e    *env
	of   telemetry.Stream
	last string
	seen map[string]bool
}

// is notes the version that a state says.
func (v *streamVersions) is(st journal.State, what string, changed bool) {
	v.e.Helper()
	switch now := st.Version; {
	case changed && (now == "" || v.seen[now]):
		v.e.Errorf("%s did not give a new version: %q after %q", what, now, v.last)
	case !changed && now != v.last:
		v.e.Errorf("%s changed the version from %q to %q", what, v.last, now)
	}
	v.last, v.seen[st.Version] = st.Version, true
}

func (v *streamVersions) after(what string, changed bool) {
	v.e.Helper()
	st, _ := v.e.state(v.of)
	v.is(st, what, changed)
}

// forget takes the version that there is: a drop may have changed it.
func (v *streamVersions) forget() {
	st, _ := v.e.state(v.of)
	v.last, v.seen[st.Version] = st.Version, true
}

func streamVersion(e *env) {
	s := numbered(1)
	v := streamVersions{e: e, of: s, seen: map[string]bool{"": true}}
	v.after("nothing", false)
	for _, n := range []telemetry.Number{1, 4, 2, 3} { // an append that was overtaken changes it too
		e.append(s, n)
		v.after(fmt.Sprint("the append of ", n), true)
	}
	e.append(numbered(2), 1)
	e.end(numbered(3))
	e.read(s, 0)
	v.after("what happened to other streams, and reading", false)
	e.append(s, 2)
	e.kind(e.try(s, 2, []byte("other")), "other bytes", fault.Conflict)
	e.kind(e.Journal.Seal(e.ctx, s, 4, ""), "seal of an open stream", fault.Invalid)
	v.after("a repetition and refusals", false)
	e.drop(s, 1)
	v.forget()
	v.is(e.end(s), "the end", true)
	v.is(e.end(s), "the end again", false)
	v.after("the end", false)
	e.ok(e.fillBlock(s, 7, blockOf(s, 7)), "fill")
	v.after("a copy", true)
	e.ok(e.fillVoid(s, 5), "fill")
	v.after("a void", true)
	e.ok(e.fillVoid(s, 5), "fill")
	e.ok(e.fillVoid(s, 1), "fill at the mark")
	e.kind(e.try(s, 6, blockOf(s, 6)), "a late append", fault.Conflict)
	e.kind(e.fillVoid(s, 7), "a void over a block", fault.Conflict)
	v.after("repetitions and refusals", false)
	e.ok(e.fillVoid(s, 6), "fill below others")
	v.after("a void below others", true)
	e.seal(s, 7)
	v.is(e.end(s), "the seal", true)
	e.seal(s, 7)
	e.kind(e.Journal.Seal(e.ctx, s, 8, ""), "another last number", fault.Conflict)
	v.after("sealing again", false)
}

// versionRaces reads what a stream holds while blocks come, those of lower numbers last: what was read between two
// readings of one version is all that there is whenever that version is read.
func versionRaces(e *env) {
	const last, readers = 12, 2
	for i := range e.Rounds() {
		s := numbered(i)
		e.append(s, 1)
		var mu sync.Mutex
		held := map[string][]telemetry.Number{}
		e.Each(4, func(actor int) error {
			if actor >= readers {
				for n := telemetry.Number(last - actor%2); n > 1; n -= 2 {
					if err := e.try(s, n, blockOf(s, n)); err != nil {
						return err
					}
				}
				return nil
			}
			for range 2 * readers {
				version, numbers, err := e.holding(s)
				if err != nil {
					return err
				}
				mu.Lock()
				before, known := held[version]
				held[version] = numbers
				mu.Unlock()
				if known && version != "" && !slices.Equal(before, numbers) {
					return fmt.Errorf("under one version the stream holds %v, and %v", before, numbers)
				}
			}
			return nil
		})
		version, numbers, err := e.holding(s)
		e.ok(err, "what the stream holds")
		if before, known := held[version]; version == "" || known && !slices.Equal(before, numbers) {
			e.Errorf("at last, under version %q, the stream holds %v; before, under it, %v", version, numbers, before)
		}
	}
}

// holding reads the numbers of a stream and the version that it had before and afterwards, "" if it changed.
func (e *env) holding(s telemetry.Stream) (version string, numbers []telemetry.Number, err error) {
	for range 2 {
		was := version
		ix, err := e.Journal.Index(e.ctx, s.Shard, s.Day)
		if err != nil {
			return "", nil, err
		}
		i := slices.IndexFunc(ix.Streams, func(st journal.State) bool { return st.Stream == s })
		version = ix.Streams[i].Version
		if numbers != nil && version != was {
			return "", numbers, nil
		}
		heads, err := collect(e.Journal.Heads(e.ctx, s, 0))
		if err != nil {
			return "", nil, err
		}
		if numbers == nil {
			for _, h := range heads {
				numbers = append(numbers, h.Number)
			}
		}
	}
	return version, numbers, nil
}

func sealUnchanged(e *env) {
	s := numbered(1)
	e.append(s, 1, 2)
	st, _ := e.state(s)
	open := st.Version
	e.kind(e.Journal.Seal(e.ctx, s, 2, open), "seal of an open stream", fault.Invalid)
	before := e.end(s).Version
	e.kind(e.Journal.Seal(e.ctx, s, 2, open), "seal on the version before the end", fault.Conflict)
	e.ok(e.fillBlock(s, 4, blockOf(s, 4)), "a copy")
	e.kind(e.Journal.Seal(e.ctx, s, 2, before), "seal over a copy", fault.Conflict)
	copied := e.end(s).Version
	e.ok(e.fillVoid(s, 3), "a void")
	e.kind(e.Journal.Seal(e.ctx, s, 4, copied), "seal over a void", fault.Conflict)
	e.kind(e.Journal.Seal(e.ctx, s, 4, "no version of any stream"), "seal on a version that never was", fault.Conflict)
	e.is(ended(s, 0))
	now := e.end(s).Version
	other := numbered(2)
	e.append(other, 1)
	e.end(other)
	e.kind(e.Journal.Seal(e.ctx, other, 1, now), "seal on the version of another stream", fault.Conflict)
	e.ok(e.Journal.Seal(e.ctx, s, 4, now), "seal of what has not changed")
	e.is(sealed(s, 4, 0))
	for _, version := range []string{now, before, open, "no version of any stream", ""} {
		e.ok(e.Journal.Seal(e.ctx, s, 4, version), "the same last number again, on %q", version)
		e.kind(e.Journal.Seal(e.ctx, s, 3, version), "another last number", fault.Conflict)
	}
	e.is(sealed(s, 4, 0))
	e.kind(e.Journal.Seal(e.ctx, numbered(3), 0, now), "seal of an unborn stream", fault.Invalid)
}

// sealRaces seals streams, each on the version that it had when it ended, while a copy comes: one of them is refused.
func sealRaces(e *env) {
	for i := range e.Rounds() {
		s := numbered(i)
		e.append(s, 1, 2)
		version := e.end(s).Version
		errs := make([]error, 3)
		e.Each(len(errs), func(actor int) error {
			if actor == 0 {
				errs[0] = e.fillBlock(s, 3, blockOf(s, 3))
			} else {
				errs[actor] = e.Journal.Seal(e.ctx, s, 2, version)
			}
			return nil
		})
		if errs[0] == nil {
			e.kind(errs[1], "a seal that lost against a copy", fault.Conflict)
			e.kind(errs[2], "a seal that lost against a copy", fault.Conflict)
			e.is(ended(s, 0))
			e.holds(s, 0, 1, 2, 3)
			continue
		}
		e.kind(errs[0], "a copy that lost against the seal", fault.Invalid)
		e.ok(errs[1], "a seal")
		e.ok(errs[2], "the same seal")
		e.is(sealed(s, 2, 0))
		e.holds(s, 0, 1, 2)
	}
}
