package redis

import "io"

// Options say what server to start; the zero value is good.
type Options struct {
	Addr      string    // host:port; "127.0.0.1:0", any free port, unless set
	Password  string    // of the default user; "" lets everybody in
	MaxMemory int64     // bytes, with eviction of the least recently used; 0 is without bound; a real server only
	InProcess bool      // miniredis, even if the machine has a redis-server
	Log       io.Writer // the real server's output; nil discards it
}

// Binary is the program that Start looks for.
const Binary = "redis-server"
