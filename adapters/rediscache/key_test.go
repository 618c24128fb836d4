package rediscache

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tidemark/ports/cache"
)

func testKey(tenant, kind, name string) cache.Key {
	return cache.Key{Tenant: tenant, Kind: kind, Name: name}
}

func TestEncodeGolden(t *testing.T) {
	for want, k := range map[string]cache.Key{
		"tidemark:1:0:0:0:":               {},
		"tidemark:1:4:acme5:chunk5:a:b c": testKey("acme", "chunk", "a:b c"),
		"tidemark:1:2:é1:k3:\r\n\x00":     testKey("é", "k", "\r\n\x00"),
	} {
		if got := encode(k); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Two keys that differ in where their parts begin must not meet: parts are drawn from the characters of the codec
// itself.
func TestEncodeIsInjective(t *testing.T) {
	part := rapid.StringOfN(rapid.SampledFrom([]rune("01:é")), 0, 5, -1)
	key := rapid.Custom(func(t *rapid.T) cache.Key {
		return testKey(part.Draw(t, "tenant"), part.Draw(t, "kind"), part.Draw(t, "name"))
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := key.Draw(t, "a"), key.Draw(t, "b")
		if rapid.Bool().Draw(t, "shift") { // the same characters, divided otherwise
			all := a.Tenant + a.Kind + a.Name
			i := rapid.IntRange(0, len(all)).Draw(t, "i")
			j := rapid.IntRange(i, len(all)).Draw(t, "j")
			b = testKey(all[:i], all[i:j], all[j:])
		}
		if (encode(a) == encode(b)) != (a == b) {
			t.Fatalf("%+v and %+v: %q and %q", a, b, encode(a), encode(b))
		}
		if !strings.HasPrefix(encode(a), keyPrefix) {
			t.Fatalf("%q has no prefix", encode(a))
		}
	})
}
