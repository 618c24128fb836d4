package edge

import (
	"io"
	"sync"
	"time"
)

// patience is a limit on how long another side may take, without the time that it waits for us.
type patience struct {
	mu    sync.Mutex
	limit time.Duration
	timer *time.Timer
	over  bool
}

// patient begins to wait; f is called at most once per waiting, when the limit is reached.
func patient(limit time.Duration, f func()) *patience {
	return &patience{limit: limit, timer: time.AfterFunc(limit, f)}
}

func (p *patience) wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.timer.Reset(p.limit)
	}
}

func (p *patience) pause() { p.timer.Stop() }

func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.timer.Stop()
}

// upload is a request's body: while the client has to send, the origin is not waited for. Closing it is the proxy's,
// after the last try.
type upload struct {
	io.Reader
	origin *patience
}

func (u *upload) Read(b []byte) (int, error) {
	u.origin.pause()
	defer u.origin.wait()
	return u.Reader.Read(b)
}

func (u *upload) Close() error { return nil }

// download is an answer's body: the origin is waited for only while somebody reads.
type download struct {
	io.ReadCloser
	origin *patience
	closed func()
	broken func(error)
}

func (d *download) Read(b []byte) (int, error) {
	d.origin.wait()
	n, err := d.ReadCloser.Read(b)
	d.origin.pause()
	if err != nil && err != io.EOF {
		d.broken(err)
	}
	return n, err
}

func (d *download) Close() error {
	d.origin.end()
	err := d.ReadCloser.Close()
	d.closed()
	return err
}
