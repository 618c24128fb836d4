package files

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// counter counts the bytes that were read.
type counter struct {
	in io.Reader
	n  int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// unpack decompresses what is compressed, and refuses what is no text in UTF-8.
func unpack(in *counter) (*bufio.Reader, error) {
	raw := bufio.NewReaderSize(in, readAhead)
	head, err := peek(raw, 4)
	if err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, (&unpacked{from: in}).explain(err)
		}
		raw = bufio.NewReaderSize(&unpacked{z, in}, readAhead)
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1)) // no goroutine that has to be ended
		if err != nil {
			return nil, err
		}
		raw = bufio.NewReaderSize(&unpacked{z, in}, readAhead)
	}
	return raw, isText(raw)
}

// unpacked is what is decompressed.
type unpacked struct {
	io.Reader
	from *counter
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	return n, u.explain(err)
}

// explain says of an end that comes too soon what it means, and where it was: everything that there is has been read
// then.
func (u *unpacked) explain(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it is compressed and cut off after %d bytes: copy it again", u.from.n)
	}
	return err
}

// readAhead is how much of a file is looked at before anything is sent.
const readAhead = 64 << 10

// peek gives the first bytes, fewer where there are no more.
func peek(r *bufio.Reader, n int) ([]byte, error) {
	head, err := r.Peek(n)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head, err
}

// foreign are the first bytes of files that are taken for text now and then.
var foreign = []struct{ begins, what string }{
	{"\xff\xfe", "it is UTF-16: send UTF-8, for instance of iconv -f UTF-16 -t UTF-8"},
	{"\xfe\xff", "it is UTF-16: send UTF-8, for instance of iconv -f UTF-16 -t UTF-8"},
	{"PK\x03\x04", "it is a zip archive: unpack it first"},
	{"BZh", "it is compressed with bzip2: decompress it, or use gzip or zstd"},
	{"\xfd7zXZ", "it is compressed with xz: decompress it, or use gzip or zstd"},
	{"PAR1", "it is Parquet: export it as CSV or NDJSON"},
}

// errEmpty is of a file in which there is nothing, however it would be written: more often something has gone wrong
// before it came here.
var errEmpty = errors.New("the file is empty")

// isText refuses what is no text in UTF-8, or none at all.
func isText(r *bufio.Reader) error {
	head, err := peek(r, readAhead)
	if err != nil {
		return err
	}
	for _, f := range foreign {
		if bytes.HasPrefix(head, []byte(f.begins)) {
			return errors.New(f.what)
		}
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return errors.New("it holds zero bytes, so it is not text in UTF-8: convert it (UTF-16 for instance by " +
			"iconv -f UTF-16 -t UTF-8)")
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		if _, err := r.Discard(len("\ufeff")); err != nil {
			return err
		}
		head = head[len("\ufeff"):]
	}
	// that was all; whoever has no readings writes a header, or sends no file
	if len(bytes.TrimSpace(head)) == 0 && len(head) < readAhead-len("\ufeff") {
		return errEmpty
	}
	return nil
}
