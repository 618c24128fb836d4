// Package spelling remembers how callers spell the names of metadata. net/http has the names of headers in a spelling
// of its own, and the service keeps that of whoever set them ("Naming Queues and Metadata").
//
// A listener's connections look at what is read from them, line by line: the last line of a head that begins with a
// name of metadata says how it is spelled. A server that is given Context knows the connection of a request, and the
// head of a request is read whole before it is served. Bodies do not count, unless they have a head in them.
package spelling

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"
)

// prefix begins the name of a header of metadata, in any case.
const prefix = "x-ms-meta-"

// Bounds of what a connection remembers.
const (
	longestName = 1024 // bytes of a header's name
	mostNames   = 1024
)

// Listen wraps a listener.
func Listen(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, names: map[string]string{}}, nil
}

// conn looks at what is read. One goroutine reads at a time.
type conn struct {
	net.Conn
	head   bool   // the line belongs to the head of a request
	line   []byte // of a head: the name that may be one, from the beginning of its line; else the end of the line
	passed bool   // the rest of the line does not matter

	mu    sync.Mutex
	names map[string]string // as they are spelled, by small letters
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.look(b[:n])
	return n, err
}

// look takes what was read, line by line. A head begins with a line that ends with the protocol, and ends with an
// empty one.
func (c *conn) look(b []byte) {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		line, ends := b, i >= 0
		if ends {
			line, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		if c.head {
			c.header(line)
		} else {
			c.line = append(c.line, line[max(0, len(line)-len(protocol)-2):]...)
			c.line = c.line[max(0, len(c.line)-len(protocol)-2):]
		}
		if !ends {
			return
		}
		switch end := bytes.TrimSuffix(c.line, []byte{'\r'}); {
		case !c.head:
			c.head = bytes.Contains(end, []byte(protocol))
		case len(end) == 0 && !c.passed:
			c.head = false
		}
		c.line, c.passed = c.line[:0], false
	}
}

// protocol is at the end of the first line of a request, before its minor version.
const protocol = " HTTP/1."

// header takes a part of a line of a head.
func (c *conn) header(part []byte) {
	for _, letter := range part {
		at := len(c.line)
		switch {
		case c.passed:
			return
		case at == 0 && letter == '\r': // the line is empty
		case at < len(prefix) && small(letter) != prefix[at], at == longestName:
			c.passed = true
		case letter == ':':
			c.remember(string(c.line[len(prefix):]))
			c.passed = true
		default:
			c.line = append(c.line, letter)
		}
	}
}

func small(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func (c *conn) remember(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.names) >= mostNames {
		clear(c.names)
	}
	c.names[strings.ToLower(name)] = name
}

type key struct{}

// Context is an http.Server's ConnContext.
func Context(ctx context.Context, c net.Conn) context.Context {
	if c, ok := c.(*conn); ok {
		return context.WithValue(ctx, key{}, c)
	}
	return ctx
}

// Of is how the caller of a request, whose context it is, spells a name of metadata, which is without its prefix: in
// small letters where nobody looked.
func Of(ctx context.Context, name string) string {
	name = strings.ToLower(name)
	c, ok := ctx.Value(key{}).(*conn)
	if !ok {
		return name
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if spelled, ok := c.names[name]; ok {
		return spelled
	}
	return name
}

// SetLinger is that of a TCP connection: a close is a reset then.
func (c *conn) SetLinger(seconds int) error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.SetLinger(seconds)
	}
	return nil
}
