package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/simulator/history"
)

// certificate is what a test reads of a certificate of loss: docs/certificate.md has all of it.
type certificate struct {
	Totals struct{ Streams, Lost, Unknown, Open int }
	Shards []struct {
		Unheard *struct{ Time time.Time } `json:"unheard_since"`
		Streams []struct {
			Writer        string
			Lost, Unknown []numberRange
		}
	}
}

// numberRange is those of blocks, from the first to the last. Without a last they have no known end.
type numberRange struct{ First, Last uint64 }

func (n numberRange) has(x uint64) bool { return x >= n.First && (n.Last == 0 || x <= n.Last) }

// said is what the certificate says of a block.
type said string

const (
	lost    said = "lost"
	unknown said = "unknown"
	unheard said = "of a stream never heard of"
	present said = "present"
)

// of says what it says of a block, which was stamped at a time.
func (c certificate) of(block string, stamped time.Time) said {
	writer, number, _ := strings.Cut(block, "/")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		panic(err) // overhttp names blocks so
	}
	has := func(list []numberRange) bool {
		return slices.ContainsFunc(list, func(of numberRange) bool { return of.has(n) })
	}
	says := unheard
	for _, shard := range c.Shards { // there is one
		if shard.Unheard != nil && !stamped.After(shard.Unheard.Time) {
			says = present
		}
		for _, stream := range shard.Streams {
			switch {
			case stream.Writer != writer:
			case has(stream.Lost):
				return lost
			case has(stream.Unknown):
				return unknown
			default:
				return present
			}
		}
	}
	return says
}

// certified retires the journal of the east, by the settings that a node of the west had, and gives the certificate. It
// is refused while somebody may be writing still, which is for ten seconds.
func (l *lostEast) certified() (c certificate) {
	l.t.Helper()
	retire := append([]string{"retire"}, l.settings("west")...)
	if code, out, log := runCommand(l.t, l.folder, retire...); code != 0 || !strings.Contains(log,
		"Nothing has been changed") {
		l.t.Fatalf("retire without --yes: %d %s%s", code, out, log)
	}
	file := filepath.Join(l.folder, "loss.json")
	retire = append(retire, "--yes", "--certificate", file)
	took := eventually(l.t, time.Minute, "the journal of the east is retired", func() bool {
		code, _, log := runCommand(l.t, l.folder, retire...)
		if code != 0 && !strings.Contains(log, "10s") {
			l.t.Fatalf("retire: %d %s", code, log)
		}
		return code == 0
	})
	if code, out, log := runCommand(l.t, l.folder, "certificate", file); code != 0 {
		l.t.Errorf("the certificate: %s%s", out, log)
	}
	text, err := os.ReadFile(file)
	l.must(err)
	l.must(json.Unmarshal(text, &c))
	l.t.Logf("retired after %s: %d streams, %d numbers lost, %d unknown, %d streams without a known end",
		took.Round(100*time.Millisecond), c.Totals.Streams, c.Totals.Lost, c.Totals.Unknown, c.Totals.Open)
	return c
}

// stampTime is when a write was stamped: milliseconds stand above sixteen bits of a counter.
func stampTime(s history.Stamp) time.Time { return time.UnixMilli(int64(s >> 16)) }

// held holds a certificate against what clients were told. Each reading that was acknowledged and is not answered was
// in the journal of the east alone, and is accounted for; and nothing that is listed as lost is answered. Only if the
// east went on after the failover may it be: then its worker folds what its journal alone has into rows of the account,
// which the certificate does not ask (docs/certificate.md). That is counted. It gives the history as it is for clients
// who have read the certificate: what became of those writes nobody knows any more.
func (l *lostEast) held(c certificate) *history.History {
	l.t.Helper()
	there, h := l.answered("west"), l.log.History()
	count, folded := map[string]int{}, 0
	for _, op := range h.Ops {
		if op.Call.Kind != history.Write || op.Outcome != history.Done {
			continue
		}
		gone, readings := 0, op.Call.Readings[0]
		for _, at := range readings.Times {
			if !there[readings.Source][at] {
				gone++
			}
		}
		says := l.accounted(c, op)
		switch {
		case gone > 0 && !slices.Equal(op.Answer.Regions, []string{"east"}):
			l.t.Errorf("%d readings of %q that %q acknowledged are gone", gone, op.Answer.Blocks, op.Answer.Regions)
		case gone > 0 && slices.Contains(says, present):
			l.t.Errorf("%d readings of %q are gone, and the certificate says %q", gone, op.Answer.Blocks, says)
		case l.thawed && slices.Contains(says, lost):
			folded += len(readings.Times) - gone
		case gone < len(readings.Times) && slices.Contains(says, lost):
			l.t.Errorf("the certificate says that %q is %q, and %d of %d readings are answered", op.Answer.Blocks, says,
				len(readings.Times)-gone, len(readings.Times))
		}
		if gone > 0 {
			count[fmt.Sprint(says)] += gone
			op.Outcome, op.Answer = history.Unknown, history.Answer{}
		}
	}
	l.t.Logf("readings that the east alone had acknowledged, and that are gone, by what the certificate says: %v; %d "+
		"that it lists as lost are in rows", count, folded)
	return h
}

// accounted is what a certificate says of the blocks of a write.
func (l *lostEast) accounted(c certificate, op *history.Op) (says []said) {
	for _, block := range op.Answer.Blocks {
		says = append(says, c.of(block, stampTime(op.Answer.Origin.Stamp)))
	}
	return says
}
