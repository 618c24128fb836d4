package spelling

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestNamesAreKeptWhereverPacketsEnd, beside other headers, and lines of bodies that look alike.
func TestNamesAreKeptWhereverPacketsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const text = "PUT /a HTTP/1.1\r\nX-MS-Meta-FooBar: 1\r\nx-ms-meta-: none\r\nx-ms-metal: no\r\nHost: " +
			"x-ms-meta-Not:\r\n" +
			"x-ms-meta-oneTwo:2\r\n\r\nx-ms-meta-FOOBAR: of a body\r\n\r\nPUT /b HTTP/1.1\nx-MS-META-foobar: " +
			"4\r\n\r\n" +
			"x-ms-meta-ONETWO: of a body"
		c := &conn{names: map[string]string{}}
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, min(len(rest), 40)).Draw(t, "n")
			c.look([]byte(rest[:n]))
			rest = rest[n:]
			if at := len(text) - len(rest); at > strings.Index(text, " 1\r") && at < strings.Index(text, "PUT /b") &&
				c.names["foobar"] != "FooBar" {
				t.Fatalf("after %d bytes: %v", at, c.names)
			}
		}
		if got := fmt.Sprint(c.names); got != "map[: foobar:foobar onetwo:oneTwo]" {
			t.Fatal(got)
		}
	})
}

// TestAServerKnowsHowItsCallersSpell: each request on a connection has its own spelling, and one without a connection
// of ours has small letters.
func TestAServerKnowsHowItsCallersSpell(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tell := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprint(w, Of(r.Context(), "Foobar"), " ", Of(r.Context(), "Other"))
	}
	server := &http.Server{ConnContext: Context, Handler: http.HandlerFunc(tell)}
	go func() { _ = server.Serve(Listen(l)) }()
	t.Cleanup(func() { _ = server.Close() })
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	for _, name := range []string{"FooBar", "fOOBAR", "foobar"} {
		body := "a\nx-ms-meta-FOObar: 1\n"
		_, err := fmt.Fprintf(c, "PUT / HTTP/1.1\r\nHost: a\r\nX-Ms-Meta-%s: 1\r\nContent-Length: %d\r\n\r\n%s", name,
			len(body), body)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if want := name + " other"; err != nil || string(text) != want {
			t.Errorf("%q, want %q, %v", text, want, err)
		}
	}
	if got := Of(t.Context(), "FooBar"); got != "foobar" {
		t.Errorf("without a connection: %q", got)
	}
}
