package orders

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/control"
)

// picture is a simulator as it is at one moment.
type picture struct {
	Regions  []control.Region  `json:"regions"`
	Accounts []control.Account `json:"accounts"`
	Outages  []control.Outage  `json:"outages"`
	Faults   []control.Fault   `json:"faults"`
	Edge     *control.Edge     `json:"edge,omitempty"`
}

// look takes a picture.
func look(ctx context.Context, c *control.Client) (p picture, err error) {
	if p.Regions, err = c.Regions(ctx); err != nil {
		return p, err
	}
	if p.Accounts, err = c.Accounts(ctx); err != nil {
		return p, err
	}
	if p.Outages, err = c.Outages(ctx); err != nil {
		return p, err
	}
	if p.Faults, err = c.Faults(ctx); err != nil {
		return p, err
	}
	var e control.Edge
	if c.Do(ctx, "GET", "/edge", nil, &e) == nil {
		p.Edge = &e
	}
	return p, nil
}

// Status shows a picture.
type Status struct {
	controlled
	JSON bool `name:"json" help:"As JSON."`
}

// Run is tidemark sim status.
func (c *Status) Run(e *console.Environment) error {
	p, err := look(e.Context, c.client())
	if err != nil {
		return err
	}
	if c.JSON {
		out := json.NewEncoder(e.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(p)
	}
	_, err = e.Stdout.Write([]byte(p.text()))
	return err
}

// text is the picture for people.
func (p picture) text() string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "REGION\tSTATE\tAZURITE\tREDIS\tTABLES")
	for _, r := range p.Regions {
		state := "up"
		if !r.Up {
			state = "OUT (" + strings.Join(r.Outages, ", ") + ")"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.Name, state, r.Azurite, r.Redis, r.Addresses.Table)
	}
	fmt.Fprintln(t, "\nACCOUNT\tPRIMARY\tSECONDARY\tSTATE\tPHASE\tBACKLOG\tTABLES SYNCED\tQUEUES SYNCED\tLAG")
	for _, a := range p.Accounts {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", a.Name, a.Primary, cmp.Or(a.Secondary, "-"), a.State,
			a.Phase, a.Backlog, behind(a, "table"), behind(a, "queue"), cmp.Or(a.Lag, "-"))
	}
	_ = t.Flush() // into memory
	p.remarks(&b)
	p.edge(&b)
	return b.String()
}

// remarks are what somebody ordered, a line each.
func (p picture) remarks(b *strings.Builder) {
	var lines []string
	for _, a := range p.Accounts {
		for _, s := range a.Paused {
			lines = append(lines, "paused: replication of "+scopeText(a.Name, s))
		}
	}
	for _, o := range p.Outages {
		lines = append(lines, fmt.Sprintf("outage %s: %s", o.ID, outageText(o)))
	}
	for _, f := range p.Faults {
		lines = append(lines, fmt.Sprintf("fault %d: %s (%s)", f.Index, f.Rule, console.Counted(f.Hits, "hit")))
	}
	for _, line := range lines {
		b.WriteString("\n" + line)
	}
	if len(lines) > 0 {
		b.WriteString("\n")
	}
}

// behind is the age of a service's Last Sync Time.
func behind(a control.Account, service string) string {
	s, ok := a.Stats[service]
	switch {
	case !ok:
		return "-"
	case s.BehindSeconds == nil:
		return string(s.State)
	}
	return fmt.Sprintf("%.0f s ago", *s.BehindSeconds)
}

func (p picture) edge(b *strings.Builder) {
	if p.Edge == nil {
		return
	}
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nEDGE\tURL\tGOES TO\tREQUESTS\tORIGINS")
	for _, s := range p.Edge.Sites {
		var origins []string
		for _, o := range s.Origins {
			state := "healthy"
			if !o.Healthy {
				state = "UNHEALTHY"
			}
			origins = append(origins, fmt.Sprintf("%s %s (%d of %d probes failed)", o.Name, state, o.ProbesFailed,
				o.Probes))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\n", s.Name, s.URL, strings.Join(s.Targets, ", "), s.Requests,
			strings.Join(origins, ", "))
	}
	_ = t.Flush() // into memory
}

// changes says in lines what is new since an older picture: what `sim watch` prints where nobody looks at a screen.
func (p picture) changes(before picture) (lines []string) {
	was := map[string]control.Account{}
	for _, a := range before.Accounts {
		was[a.Name] = a
	}
	for _, a := range p.Accounts {
		b, known := was[a.Name]
		if !known || b.Primary != a.Primary || b.Secondary != a.Secondary || b.State != a.State || b.Phase != a.Phase {
			lines = append(lines, fmt.Sprintf("account %s: primary %s, secondary %s, %s, %s", a.Name, a.Primary,
				cmp.Or(a.Secondary, "-"), a.State, a.Phase))
		}
		if known && a.Kind == "geo" && a.Commits != b.Commits {
			commits := console.Counted(int(a.Commits-b.Commits), "commit")
			lines = append(lines, fmt.Sprintf("account %s: %s, %d missing, tables synced %s", a.Name, commits,
				a.Backlog, behind(a, "table")))
		}
	}
	return lines
}

// clock is how times are shown.
func clock(t time.Time) string { return t.Local().Format("15:04:05.000") }
