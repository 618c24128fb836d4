package retiring

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"time"

	"tidemark/app/tidemark/internal/console"
	"tidemark/domain/loss"
)

// Certificate reads a certificate.
type Certificate struct {
	File   string `arg:"" help:"The certificate."`
	Signer string `help:"Who has to have signed it, as tidemark init said." placeholder:"KEY" env:"-"`
}

// Run is tidemark certificate.
func (c *Certificate) Run(e *console.Environment) error {
	p, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	made, err := loss.Parse(p)
	if err != nil {
		return err
	}
	if c.Signer != "" && made.Signer != c.Signer {
		return fmt.Errorf("the certificate is not signed by %s, but by %s", c.Signer, cmp.Or(made.Signer, "nobody"))
	}
	fmt.Fprint(e.Stdout, tell(made))
	e.Say("The certificate is as it was made: %s.", made.Digest)
	switch {
	case made.Signer == "":
		e.Say("It is not signed.")
	case c.Signer == "":
		e.Say("It is signed by %s: that it is your storage's key says --signer, with the key that tidemark init told.",
			made.Signer)
	default:
		e.Say("It is signed by %s.", made.Signer)
	}
	return nil
}

// mostTold is how many streams are told by name.
const mostTold = 20

// tell is a certificate for people.
func tell(c loss.Certificate) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	line("Lost with the journal of region %s (generation %s), by what the journal of region %s (generation %s) held "+
		"at %s:",
		c.Gone.Region, c.Gone.Generation, c.Survivor.Region, c.Survivor.Generation, c.ReadAt.Format(time.RFC3339))
	line("  %s looked at", console.Counted(c.Totals.Streams, "stream"))
	line("  %s acknowledged `one` and lost", console.Counted(int(c.Totals.Lost), "block"))
	line("  %s between others may have been acknowledged `one`, and nobody knows",
		console.Counted(int(c.Totals.Unknown),
			"block"))
	line("  %s may have gone on in the lost journal alone, until %s at the latest (%s)", console.Counted(c.Totals.Open,
		"stream"), c.LastAck.Time.Format(time.RFC3339), by(c.LastAck.By))
	line("  nothing that was acknowledged `both`")
	if c.Even != nil {
		line("Both journals had everything that was stored before %s (%s).", c.Even.Time.Format(time.RFC3339),
			by(c.Even.By))
	}
	line("Streams of which this journal never heard may have been in the other alone, with readings that were accepted")
	for _, s := range c.Shards {
		line("  of tenant %s, shard %d: %s", s.Tenant, s.Index, since(s.Unheard, c.Floors))
	}
	line("  of tenants and shards that are not named here: since when is not known")
	if c.Rows != loss.AskedAll {
		line("Rows of the account were not asked: of what is counted as lost or unknown, some may be in rows already.")
	}
	told := 0
	for _, s := range c.Shards {
		for _, st := range s.Streams {
			if len(st.Lost) == 0 && len(st.Unknown) == 0 {
				continue
			}
			if told++; told <= mostTold {
				line("stream %s of tenant %s, shard %d, %s: %s", st.Writer, s.Tenant, s.Index, st.Day, blocks(st))
			}
		}
	}
	if told > mostTold {
		line("and %d more streams: the certificate lists them", told-mostTold)
	}
	return out.String()
}

func blocks(st loss.Stream) string {
	var parts []string
	if len(st.Lost) > 0 {
		parts = append(parts, "lost "+numbers(st.Lost))
	}
	if len(st.Unknown) > 0 {
		parts = append(parts, "unknown "+numbers(st.Unknown))
	}
	return strings.Join(parts, "; ")
}

func numbers(ranges []loss.Range) string {
	var out []string
	for _, r := range ranges {
		switch r.Last {
		case 0:
			out = append(out, fmt.Sprintf("from %d on", r.First))
		case r.First:
			out = append(out, fmt.Sprint(r.First))
		default:
			out = append(out, fmt.Sprintf("%d to %d", r.First, r.Last))
		}
	}
	return strings.Join(out, ", ")
}

func since(m *loss.Moment, floors loss.Asked) string {
	switch {
	case m != nil:
		return fmt.Sprintf("after %s (%s)", m.Time.Format(time.RFC3339), by(m.By))
	case floors == loss.NoAnswer:
		return "since when is not known: the account did not answer"
	}
	return "since when is not known: the shard has no floor yet"
}

// by is in words what a time goes by.
func by(c loss.Clock) string {
	switch c {
	case loss.ByOperator:
		return "as somebody said"
	case loss.ByRow:
		return "as the last sweep of the two wrote down"
	case loss.ByStamps:
		return "by the stamps of the journals"
	}
	return "by the clock of this journal's storage"
}
