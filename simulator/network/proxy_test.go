package network_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

func TestProxyForwardsBothWaysAndHalfCloses(t *testing.T) {
	n := twoRegions(t, network.Options{})
	proxy, e := proxied(t, n, network.Redis)
	sendAll(t, connect(t, proxy.Addr()), 8<<20)
	eventually(t, "the link ends", func() bool { return proxy.Links() == 0 })
	if e.connections() != 1 {
		t.Errorf("%d connections to the server", e.connections())
	}
}

// sendAll sends random bytes, stops sending, and wants them all back, in order, and the end.
func sendAll(t *testing.T, conn *net.TCPConn, size int) {
	t.Helper()
	data := make([]byte, size)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(data)
	var sending sync.WaitGroup
	sending.Go(func() {
		if _, err := conn.Write(data); err != nil {
			t.Error(err)
		}
		_ = conn.CloseWrite()
	})
	got, err := io.ReadAll(conn)
	sending.Wait()
	if err != nil || !bytes.Equal(got, data) {
		t.Fatalf("%d bytes came back, %v; %d were sent, or they differ", len(got), err, size)
	}
}

func TestRefuse(t *testing.T) {
	n := twoRegions(t, network.Options{})
	proxy, _ := proxied(t, n, network.Redis)
	old := connect(t, proxy.Addr())
	tell(t, old, "a")
	hear(t, old, "a")
	for range 3 {
		id := begin(t, n, network.Outage{Region: east})
		wantReset(t, old)
		if conn, err := net.Dial("tcp", proxy.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("a connection was made: %v, %v", conn, err)
		}
		end(t, n, id)
		old = connect(t, proxy.Addr())
		tell(t, old, "b")
		hear(t, old, "b")
	}
}

func TestAProxyThatIsMadeInAnOutageIsInIt(t *testing.T) {
	n := twoRegions(t, network.Options{})
	id := begin(t, n, network.Outage{From: west})
	proxy, _ := proxied(t, n, network.Redis)
	if _, err := net.Dial("tcp", proxy.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatal(err)
	}
	end(t, n, id)
	conn := connect(t, proxy.Addr())
	tell(t, conn, "a")
	hear(t, conn, "a")
}

func TestReset(t *testing.T) {
	n := twoRegions(t, network.Options{})
	proxy, e := proxied(t, n, network.Redis)
	old := connect(t, proxy.Addr())
	tell(t, old, "a")
	hear(t, old, "a")
	id := begin(t, n, network.Outage{Region: east, How: inject.Torn})
	wantReset(t, old)
	wantNewReset(t, proxy.Addr())
	end(t, n, id)
	conn := connect(t, proxy.Addr())
	tell(t, conn, "b")
	hear(t, conn, "b")
	if e.said() != "ab" {
		t.Errorf("the server heard %q", e.said())
	}
}

func TestHangKeepsWhatIsSaid(t *testing.T) {
	n := twoRegions(t, network.Options{})
	proxy, e := proxied(t, n, network.Redis)
	old := connect(t, proxy.Addr())
	tell(t, old, "a")
	hear(t, old, "a")
	id := begin(t, n, network.Outage{Region: east, How: inject.Silent})
	made := connect(t, proxy.Addr())
	tell(t, old, "bc")
	hearNothing(t, old)
	tell(t, made, "ghi")
	hearNothing(t, made)
	tell(t, old, "def")
	if e.said() != "a" || e.connections() != 1 {
		t.Errorf("while it hung the server heard %q over %d connections", e.said(), e.connections())
	}
	end(t, n, id)
	hear(t, old, "bcdef")
	hear(t, made, "ghi")
}

func TestWhatIsGivenUpWhileItHangs(t *testing.T) {
	n := twoRegions(t, network.Options{})
	proxy, e := proxied(t, n, network.Redis)
	old := connect(t, proxy.Addr())
	tell(t, old, "a")
	hear(t, old, "a")
	id := begin(t, n, network.Outage{Region: east, How: inject.Silent})
	made := connect(t, proxy.Addr())
	tell(t, made, "never")
	eventually(t, "the proxy takes it", func() bool { return proxy.Links() == 2 })
	_ = made.Close()
	eventually(t, "a connection that never went through is forgotten", func() bool { return proxy.Links() == 1 })
	tell(t, old, "late")
	_ = old.Close()
	end(t, n, id)
	eventually(t, "what was on its way arrives", func() bool { return e.said() == "alate" })
	eventually(t, "the link ends", func() bool { return proxy.Links() == 0 })
	if e.connections() != 1 || e.said() != "alate" {
		t.Errorf("the server heard %q over %d connections", e.said(), e.connections())
	}
}

func TestUnavailable(t *testing.T) {
	n := twoRegions(t, network.Options{})
	proxy, e := proxied(t, n, network.Redis)
	old := connect(t, proxy.Addr())
	tell(t, old, "a")
	hear(t, old, "a")
	id := begin(t, n, network.Outage{Region: east, How: inject.Busy})
	wantEnd(t, old)
	wantEnd(t, connect(t, proxy.Addr()))
	end(t, n, id)
	conn := connect(t, proxy.Addr())
	tell(t, conn, "b")
	hear(t, conn, "b")
	if e.said() != "ab" {
		t.Errorf("the server heard %q", e.said())
	}
}

func TestUnavailableAnswers503(t *testing.T) {
	n := twoRegions(t, network.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_,
			_ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	proxy := proxyTo(t, n, network.Compute, server.Listener.Addr().String())
	client := &http.Client{Transport: &http.Transport{}, Timeout: hangGuard}
	defer client.CloseIdleConnections()
	post := func(size, want int) {
		t.Helper()
		client.CloseIdleConnections() // one that an outage closes breaks the call that takes it just then
		resp, err := client.Post("http://"+proxy.Addr(), "", bytes.NewReader(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		status := fmt.Sprintf("%d %s", want, http.StatusText(want))
		if _, _ = io.Copy(io.Discard, resp.Body); resp.Status != status {
			t.Errorf("%d bytes are answered %q, want %q", size, resp.Status, status)
		}
	}
	post(10, 200)
	id := begin(t, n, network.Outage{Region: east, How: inject.Busy})
	post(10, 503)
	post(1<<20, 503)
	end(t, n, id)
	post(10, 200)
}

// TestAnswersLostOneWay: from east to west nothing gets through; west's requests reach east.
func TestAnswersLostOneWay(t *testing.T) {
	for fault, lost := range map[inject.How]func(testing.TB, net.Conn){
		inject.Silent: hearNothing, inject.Refuse: wantReset, inject.Torn: wantReset, inject.Busy: wantEnd} {
		t.Run(string(fault), func(t *testing.T) {
			n := twoRegions(t, network.Options{})
			proxy, e := proxied(t, n, network.Redis)
			old := connect(t, proxy.Addr())
			tell(t, old, "a")
			hear(t, old, "a")
			id := begin(t, n, network.Outage{From: east, To: west, How: fault})
			tell(t, old, "b")
			eventually(t, "the server hears it", func() bool { return e.said() == "ab" })
			lost(t, old)
			made := connect(t, proxy.Addr())
			tell(t, made, "c")
			eventually(t, "the server hears it", func() bool { return e.said() == "abc" })
			lost(t, made)
			end(t, n, id)
			if fault == inject.Silent {
				hear(t, old, "b")
				hear(t, made, "c")
			}
		})
	}
}

func TestAProxyHasItsOwnPath(t *testing.T) {
	n := twoRegions(t, network.Options{})
	proxy, _ := proxied(t, n, network.Redis)
	conn := connect(t, proxy.Addr())
	begin(t, n, network.Outage{Region: west, Parts: []network.Part{network.Redis}})
	begin(t, n, network.Outage{From: outside, How: inject.Silent})
	begin(t, n, network.Outage{Region: east, Parts: []network.Part{network.Compute, network.Table}})
	tell(t, conn, "a")
	hear(t, conn, "a")
}

func TestARegionGoesInOneAct(t *testing.T) {
	n := twoRegions(t, network.Options{})
	var proxies []*network.Proxy
	for _, p := range []network.Part{network.Table, network.Queue, network.Redis, network.Compute} {
		proxy, _ := proxied(t, n, p)
		proxies = append(proxies, proxy)
	}
	id := begin(t, n, network.Outage{Region: east})
	for _, p := range proxies {
		if _, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
	}
	end(t, n, id)
	for _, p := range proxies {
		conn := connect(t, p.Addr())
		tell(t, conn, "a")
		hear(t, conn, "a")
	}
}

func TestTheTargetMoves(t *testing.T) {
	n := twoRegions(t, network.Options{})
	proxy, first := proxied(t, n, network.Redis)
	second := newEcho(t)
	old := connect(t, proxy.Addr())
	tell(t, old, "a")
	hear(t, old, "a")
	if err := proxy.SetTarget(second.listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	made := connect(t, proxy.Addr())
	tell(t, made, "b")
	hear(t, made, "b")
	tell(t, old, "c")
	hear(t, old, "c")
	if first.said() != "ac" || second.said() != "b" {
		t.Errorf("the first heard %q, the second %q", first.said(), second.said())
	}
	if err := proxy.SetTarget("nowhere"); err == nil {
		t.Error("a target that is no host:port was taken")
	}
	_ = second.listener.Close()
	wantNewReset(t, proxy.Addr())
}

func TestCloseEndsEverything(t *testing.T) {
	n := twoRegions(t, network.Options{})
	for _, fault := range []inject.How{"", inject.Silent, inject.Refuse} {
		proxy, _ := proxied(t, n, network.Redis)
		conn := connect(t, proxy.Addr())
		if fault == "" {
			tell(t, conn, "a")
			hear(t, conn, "a")
		} else {
			id := begin(t, n, network.Outage{How: fault})
			defer end(t, n, id)
		}
		for range 2 {
			if err := proxy.Close(); err != nil {
				t.Fatal(err)
			}
		}
		wantReset(t, conn)
		if proxy.Links() != 0 {
			t.Errorf("%d links are left", proxy.Links())
		}
		listener, err := net.Listen("tcp", proxy.Addr())
		if err != nil {
			t.Fatalf("the port is not free: %v", err)
		}
		_ = listener.Close()
	}
}

func TestAPortThatWasTakenComesBack(t *testing.T) {
	n := twoRegions(t, network.Options{})
	for _, heals := range []bool{true, false} {
		proxy, _ := proxied(t, n, network.Redis)
		id := begin(t, n, network.Outage{Region: east})
		thief, err := net.Listen("tcp", proxy.Addr())
		if err != nil {
			t.Skipf("nobody can take a port that is kept: %v", err)
		}
		end(t, n, id)
		if heals {
			_ = thief.Close()
			eventually(t, "the proxy has its port back", func() bool {
				conn, err := net.Dial("tcp", proxy.Addr())
				if err == nil {
					_ = conn.Close()
				}
				return err == nil
			})
		} else {
			_ = proxy.Close() // while it still tries
			_ = thief.Close()
		}
	}
}

// TestBytesKeepTheirOrderThroughAllFaults writes numbers over many connections while outages come and go: what comes
// back is always a beginning of what was sent, and in the end a new connection works.
func TestBytesKeepTheirOrderThroughAllFaults(t *testing.T) {
	seed := seedOf(t)
	random := rand.New(rand.NewPCG(seed, 0))
	n := twoRegions(t, network.Options{Distance: map[[2]network.Place]time.Duration{{east, west}: time.Millisecond},
		Jitter: 1, Seed: seed})
	proxy, _ := proxied(t, n, network.Redis)
	stop := make(chan struct{})
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for ended := false; !ended; {
				exchange(t, proxy.Addr())
				select {
				case <-stop:
					ended = true
				default:
				}
			}
		})
	}
	for range campaign(40, 2000) {
		o := network.Outage{How: []inject.How{inject.Refuse, inject.Silent, inject.Torn,
			inject.Busy}[random.IntN(4)]}
		switch random.IntN(3) {
		case 0:
			o.Region = east
		case 1:
			o.From = east
		case 2:
			o.To = east
		}
		id := begin(t, n, o)
		time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
		end(t, n, id)
		time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
	}
	close(stop)
	callers.Wait()
	conn := connect(t, proxy.Addr())
	tell(t, conn, "a")
	hear(t, conn, "a")
}

// exchange says numbers over a connection until it breaks, at most some, and checks what comes back.
func exchange(t *testing.T, addr string) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(hangGuard))
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() {
		for i := range 200 {
			if _, err := conn.Write([]byte{byte(i)}); err != nil {
				return
			}
		}
		_ = conn.(*net.TCPConn).CloseWrite()
	})
	buffer := make([]byte, 256)
	for i := 0; ; {
		k, err := conn.Read(buffer)
		for _, b := range buffer[:k] {
			if b != byte(i) {
				t.Errorf("byte %d is %d", i, b)
			}
			i++
		}
		if err != nil {
			return
		}
	}
}
