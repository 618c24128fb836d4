package importing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"tidemark/adapters/httpapi/schema"
	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/files"
	"tidemark/app/tidemark/internal/upload"
)

// ErrRejected is an import of which some readings were not accepted. It has been told already.
var ErrRejected = errors.New("some readings were not accepted")

// ErrRemarks is an import of which something does not stand, or was guessed. It has been told already.
var ErrRemarks = errors.New("something of what was stored does not stand, or was guessed")

// sender sends the files of an import, and sees what overwrites what.
type sender struct {
	node    *upload.Client
	repeats *repeats
}

// sendAll sends the files one after the other.
func (s *sender) sendAll(e *console.Environment, l *list) error {
	short, remark := false, false
	for i, name := range l.names {
		sum, err := s.open(e, l, name)
		if err != nil {
			if left := l.names[i+1:]; len(left) > 0 {
				e.Say("not sent: %s", strings.Join(left, ", "))
			}
			return fmt.Errorf("%s: %w", files.Shown(name), err)
		}
		short, remark = short || sum.short(), remark || sum.remark()
	}
	switch {
	case short:
		return ErrRejected
	case remark || s.repeats.remark():
		return ErrRemarks
	}
	return nil
}

func (s *sender) open(e *console.Environment, l *list, name string) (*summary, error) {
	in, err := l.again(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return s.send(e, in)
}

// send sends one file, shows how far it is, and says what became of it.
func (s *sender) send(e *console.Environment, in *files.File) (*summary, error) {
	bar := beginProgress(e, in.Name, in.Size)
	sum, err := s.stream(e.Context, in, func(sum *summary) { bar.show(in.Taken(), sum.accepted) })
	bar.done()
	if err == nil || sum.records > 0 {
		sum.say(e, in.Name)
	}
	return sum, err
}

func (s *sender) stream(ctx context.Context, in *files.File, show func(*summary)) (*summary, error) {
	sum := newSummary(in)
	for {
		p, err := sum.next(in)
		if errors.Is(err, io.EOF) {
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
		w, err := s.node.Send(ctx, in, p)
		if err != nil && p.Form != files.JSON {
			err = fmt.Errorf("from line %d on: %w", p.First, err)
		}
		if err != nil {
			return sum, err
		}
		sum.add(p, w)
		s.compare(in, p, w, sum)
		show(sum)
	}
}

// compare looks whether a piece that was stored overwrites something of the import, and what series it made.
func (s *sender) compare(in *files.File, p files.Piece, w *schema.Written, sum *summary) {
	if s.repeats == nil || w.Accepted == 0 {
		return
	}
	o, err := s.node.Decoding(in, p)
	if err != nil || !s.repeats.add(in, p, w, o, &sum.made) {
		s.repeats.unread += w.Accepted
	}
}
