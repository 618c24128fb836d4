package network_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"tidemark/simulator/network"
)

// seedOf is a seed to print, or the one in TIDEMARK_SEED.
func seedOf(t testing.TB) uint64 {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("TIDEMARK_SEED: %v", err)
		}
	}
	t.Logf("TIDEMARK_SEED=%d", seed)
	return seed
}

// campaign is how often a random test runs.
func campaign(few, many int) int {
	if os.Getenv("TIDEMARK_CAMPAIGN") != "" {
		return many
	}
	return few
}

// TestProxiesAreAsFarAsTheirPlaces: a first answer takes two round trips, as a handshake and a call do, a later one
// one.
func TestProxiesAreAsFarAsTheirPlaces(t *testing.T) {
	const there, back = 30 * time.Millisecond, 10 * time.Millisecond
	n := twoRegions(t, network.Options{Distance: map[[2]network.Place]time.Duration{{west, east}: there,
		{east, west}: back}})
	proxy, e := proxied(t, n, network.Redis)
	asked := time.Now()
	conn := connect(t, proxy.Addr())
	took := func(text string, least time.Duration) {
		t.Helper()
		tell(t, conn, text)
		hear(t, conn, text)
		if d := time.Since(asked); d < least || d > 10*least+time.Second {
			t.Errorf("%q took %v, want %v", text, d, least)
		}
	}
	took("first", 2*(there+back))
	asked = time.Now()
	took("second", there+back)

	if err := n.SetDistance(west, east, 200*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	asked = time.Now()
	tell(t, conn, "third")
	eventually(t, "it arrives", func() bool { return e.said() == "firstsecondthird" })
	if d := time.Since(asked); d < 200*time.Millisecond {
		t.Errorf("it arrived after %v", d)
	}
	hear(t, conn, "third")
}

// TestDistanceDoesNotLimitThroughput: one window a round trip would take 25 s.
func TestDistanceDoesNotLimitThroughput(t *testing.T) {
	n := twoRegions(t, network.Options{Distance: map[[2]network.Place]time.Duration{{west,
		east}: 25 * time.Millisecond}})
	proxy, _ := proxied(t, n, network.Redis)
	began := time.Now()
	sendAll(t, connect(t, proxy.Addr()), 32<<20)
	if d := time.Since(began); d > 10*time.Second {
		t.Errorf("32 MiB there and back took %v", d)
	}
}

func TestJitterDoesNotReorder(t *testing.T) {
	n := twoRegions(t, network.Options{Distance: map[[2]network.Place]time.Duration{{west, east}: time.Millisecond},
		Jitter: 10, Seed: seedOf(t)})
	proxy, _ := proxied(t, n, network.Redis)
	conn := connect(t, proxy.Addr())
	want := ""
	for i := range 500 {
		word := strconv.Itoa(i) + " "
		want += word
		tell(t, conn, word)
	}
	hear(t, conn, want)
}

// TestAHalfCloseFollowsTheBytes: what was said before arrives before.
func TestAHalfCloseFollowsTheBytes(t *testing.T) {
	n := twoRegions(t, network.Options{Distance: map[[2]network.Place]time.Duration{{west,
		east}: 20 * time.Millisecond}})
	proxy, _ := proxied(t, n, network.Redis)
	conn := connect(t, proxy.Addr())
	tell(t, conn, "last words")
	if err := conn.CloseWrite(); err != nil { // before the connection has gone through
		t.Fatal(err)
	}
	hear(t, conn, "last words")
	wantEnd(t, conn)
}
