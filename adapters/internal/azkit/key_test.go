package azkit_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tidemark/adapters/internal/azkit"
)

// legal is what the service and every layer of URL quoting between takes as it is.
var legal = regexp.MustCompile(`^[A-Za-z0-9,=_~-]*$`)

// names are arbitrary bytes with a liking for long runs, quotes, and what a key must not hold.
func names() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[a-z0-9/#?%'\\, ~=_-]{0,20}`),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
		rapid.Custom(func(t *rapid.T) string {
			return strings.Repeat(rapid.StringN(1, 3, -1).Draw(t, "unit"), rapid.IntRange(1, 600).Draw(t, "times")) +
				rapid.String().Draw(t, "end")
		}),
	)
}

func TestEncodeKeepsOrderAndComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SliceOfN(names(), 3, 3).Draw(t, "a"), rapid.SliceOfN(names(), 3, 3).Draw(t, "b")
		x, y := azkit.Encode(a...), azkit.Encode(b...)
		if !legal.MatchString(x) {
			t.Fatalf("%q has characters that keys must not have", x)
		}
		if got, ok := azkit.Decode(x); !ok || !slices.Equal(got, a) {
			t.Fatalf("%q came back as %q (%v)", a, got, ok)
		}
		if got, want := strings.Compare(x, y), slices.Compare(a, b); got != want {
			t.Fatalf("%q and %q compare %d, their encodings %d", a, b, want, got)
		}
	})
}

func TestKeysAreShortAndDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := names().Draw(t, "a")
		b := rapid.OneOf(names(), rapid.Map(names(), func(s string) string { return a + s })).Draw(t, "b")
		x, y := azkit.Key(a), azkit.Key(b)
		if len(x) > azkit.MaxKey || len(y) > azkit.MaxKey {
			t.Fatalf("keys of %d and %d characters", len(x), len(y))
		}
		if (x == y) != (a == b) {
			t.Fatalf("%q and %q have the keys %q and %q", a, b, x, y)
		}
		if _, ok := azkit.Decode(x); ok == azkit.Shortened(x) {
			t.Fatalf("key %q is shortened %v and decodes %v", x, azkit.Shortened(x), ok)
		}
	})
}

func TestKeysOfDifferentGroupsAreInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := names().Draw(t, "a")
		b := rapid.OneOf(names(), rapid.Map(names(), func(s string) string { return a + s })).Draw(t, "b")
		x, y := azkit.Key(a), azkit.Key(b)
		g, okG := azkit.Group(x)
		h, okH := azkit.Group(y)
		if okG && okH && g == h {
			return
		}
		if got, want := strings.Compare(x, y), strings.Compare(a, b); got != want {
			t.Fatalf("%q and %q compare %d, their keys %d", a, b, want, got)
		}
	})
}

func TestBoundsHoldEveryKeyOfARange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bound := names().Draw(t, "bound")
		name := rapid.OneOf(names(), rapid.Map(names(), func(s string) string { return bound + s })).Draw(t, "name")
		key := azkit.Key(name)
		if name >= bound && key < azkit.From(bound) {
			t.Fatalf("From(%q) leaves out %q", bound, name)
		}
		if name < bound && key >= azkit.To(bound) {
			t.Fatalf("To(%q) leaves out %q", bound, name)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("acme,a-2fb")
	f.Add("~~")
	f.Add("-2g,=3a")
	f.Fuzz(func(t *testing.T, key string) {
		parts, ok := azkit.Decode(key)
		if ok && azkit.Encode(parts...) != key {
			t.Fatalf("%q decodes to %q, which is encoded otherwise", key, parts)
		}
	})
}

func TestFilterQuotesValues(t *testing.T) {
	f := azkit.And(azkit.PartitionKey.Equal("O'Brien' or 'a' eq 'a"), azkit.RowKey.AtLeast("i"),
		azkit.RowKey.Below("j"), azkit.Flag("live").True())
	const want = `PartitionKey eq 'O''Brien'' or ''a'' eq ''a' and RowKey ge 'i' and RowKey lt 'j' and live eq true`
	if got := *f.Query(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if azkit.And().Query() != nil {
		t.Error("an empty filter is sent")
	}
}
