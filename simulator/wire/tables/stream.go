package tables

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"tidemark/simulator/wire/odata"
)

// stream goes over the answer to a query, one entity at a time. It holds one entity, or firstBuffer.
type stream struct {
	r        io.Reader
	t        translator
	buf      []byte
	from, to int // what is read and not yet sent

	ends  func(entity []byte) bool   // whether it ends before an entity; nil: it does not
	plain func(entity []byte) []byte // what of an entity is sent, if ends is set
	comma bool                       // stands before the next entity, if there is one
}

const firstBuffer = 64 << 10

func newStream(r io.Reader, w io.Writer) *stream {
	return &stream{r: r, t: translator{w: w}, buf: make([]byte, firstBuffer)}
}

// more reads on; what is there stays, but may move.
func (s *stream) more() error {
	if s.from > 0 {
		copy(s.buf, s.buf[s.from:s.to])
		s.from, s.to = 0, s.to-s.from
	}
	if s.to == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	n, err := s.r.Read(s.buf[s.to:])
	if s.to += n; n > 0 {
		return nil
	}
	if err == nil {
		return nil
	}
	return err
}

// run sends everything.
func (s *stream) run() error {
	err := s.head()
	for err == nil {
		err = s.next()
	}
	switch {
	case errors.Is(err, errTail):
		err = s.tail()
	case errors.Is(err, errCut):
		s.t.write([]byte("]}"))
		err = nil
	}
	if errors.Is(err, io.EOF) {
		s.t.write(s.buf[s.from:s.to]) // cut short: what there is goes out as it is
		return errors.Join(io.ErrUnexpectedEOF, s.t.err)
	}
	return errors.Join(err, s.t.err)
}

var (
	errTail = errors.New("no more entities")
	errCut  = errors.New("the page ends here")
)

// head sends everything up to the list's bracket.
func (s *stream) head() error {
	for n, inside := 0, false; ; n++ {
		for s.from+n >= s.to {
			if err := s.more(); err != nil {
				return err
			}
		}
		switch c := s.buf[s.from+n]; {
		case inside && c == '\\':
			n++
		case c == '"':
			inside = !inside
		case !inside && c == '[':
			s.t.write(s.buf[s.from : s.from+n+1])
			s.from += n + 1
			return nil
		}
	}
}

// next sends one entity, or what is between two.
func (s *stream) next() error {
	for s.from >= s.to {
		if err := s.more(); err != nil {
			return err
		}
	}
	switch c := s.buf[s.from]; {
	case c == '{':
		n, err := s.object()
		if err != nil {
			return err
		}
		if s.ends != nil {
			return s.pageRow(n)
		}
		s.t.entity(s.buf[s.from : s.from+n])
		s.from += n
	case c == ']':
		return errTail
	case c == ',' && s.ends != nil:
		s.comma = true
		s.from++
	default:
		s.t.write(s.buf[s.from : s.from+1])
		s.from++
	}
	return s.t.err
}

// pageRow sends an entity of n bytes of a page, or ends the page before it.
func (s *stream) pageRow(n int) error {
	row := s.buf[s.from : s.from+n]
	if s.ends(row) {
		return errCut
	}
	if s.comma {
		s.t.write([]byte{','})
		s.comma = false
	}
	s.t.entity(s.plain(row))
	s.from += n
	return s.t.err
}

// object finds the end of the object at from, reading on as needed.
func (s *stream) object() (int, error) {
	depth, inside := 0, false
	for n := 0; ; {
		for s.from+n >= s.to {
			if err := s.more(); err != nil {
				return 0, err
			}
		}
		b := s.buf[s.from:s.to]
		if inside {
			i := bytes.IndexByte(b[n:], '"')
			if i < 0 {
				n = len(b)
				continue
			}
			n += i + 1
			inside = escaped(b[:n-1])
			continue
		}
		for ; n < len(b) && !inside; n++ {
			switch b[n] {
			case '"':
				inside = true
			case '{':
				depth++
			case '}':
				if depth--; depth == 0 {
					return n + 1, nil
				}
			}
		}
	}
}

// escaped says whether what follows is escaped: an odd number of backslashes ends b.
func escaped(b []byte) bool {
	n := 0
	for i := len(b) - 1; i >= 0 && b[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// tail sends the rest.
func (s *stream) tail() error {
	s.t.write(s.buf[s.from:s.to])
	for s.t.err == nil {
		n, err := s.r.Read(s.buf)
		s.t.write(s.buf[:n])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// translator writes entities as the account has them.
type translator struct {
	w      io.Writer
	stamp  []byte // of the last entity, none where it carries none
	etag   []byte // of the last entity, as in a header
	quoted []byte // and as in JSON
	edits  [3]edit
	err    error
}

func (t *translator) write(b []byte) {
	if t.err == nil && len(b) > 0 {
		_, t.err = t.w.Write(b)
	}
}

// The names as Azurite writes them: it puts no spaces. They cannot occur within a value, where a quote is escaped.
var (
	carrierName   = []byte(`"` + odata.Carrier + `":"`)
	timestampName = []byte(`"Timestamp":"`)
	etagName      = []byte(`"odata.etag":"`)
)

// edit replaces b[from:to].
type edit struct {
	from, to int
	text     []byte
}

// entity writes one entity, an object as Azurite writes it: Timestamp and odata.etag are the stamp's, the carrier is
// left out.
func (t *translator) entity(b []byte) {
	from, to, ok := value(b, carrierName)
	if t.stamp = t.stamp[:0]; !ok || to-from != odata.StampLength {
		t.write(b)
		return
	}
	t.take(b[from:to])
	cut := edit{from: from - len(carrierName), to: to + 1}
	if cut.from > 0 && b[cut.from-1] == ',' {
		cut.from--
	} else if cut.to < len(b) && b[cut.to] == ',' {
		cut.to++
	}
	edits := append(t.edits[:0], cut)
	if from, to, ok := value(b, timestampName); ok {
		edits = append(edits, edit{from, to, t.stamp})
	}
	if from, to, ok := value(b, etagName); ok {
		edits = append(edits, edit{from, to, t.quoted})
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.from - b.from })
	done := 0
	for _, e := range edits {
		t.write(b[done:e.from])
		t.write(e.text)
		done = e.to
	}
	t.write(b[done:])
}

// take keeps a stamp and the ETag made of it.
func (t *translator) take(stamp []byte) {
	t.stamp = append(t.stamp[:0], stamp...)
	t.etag = appendETag(t.etag[:0], t.stamp, `"`)
	t.quoted = appendETag(t.quoted[:0], t.stamp, `\"`)
}

func appendETag(b, stamp []byte, quote string) []byte {
	b = append(append(append(b, "W/"...), quote...), "datetime'"...)
	for _, c := range stamp {
		if c == ':' {
			b = append(b, "%3A"...)
		} else {
			b = append(b, c)
		}
	}
	return append(append(b, '\''), quote...)
}

// value finds the inside of a named string.
func value(b, name []byte) (from, to int, ok bool) {
	i := bytes.Index(b, name)
	if i < 0 {
		return 0, 0, false
	}
	from = i + len(name)
	for to = from; ; to++ {
		j := bytes.IndexByte(b[to:], '"')
		if j < 0 {
			return 0, 0, false
		}
		if to += j; !escaped(b[from:to]) {
			return from, to, true
		}
	}
}
