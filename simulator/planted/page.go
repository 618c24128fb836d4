package planted

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tidemark/domain/planted"
)

// head and tail are what docs/planted.md says around its tables.
const head = `# Planted bugs

Tests and checkers have to earn belief. Each line below is a bug that is in the code, behind a name that is
constant false unless it is built with the tag
` + "`planted`" + ` (` + "`domain/planted`" + `), or a broken part of the simulator (` + "`simulator/planted`" +
	`). This page is made by a search, not by hand:
schedules of ` + "`simulator/world`" + ` run with one bug switched on, the plans of world in turn, one mix for all bugs, until a checker finds something. Up to
five disjoint ranges of seeds are tried; the number is the median of how many seeds a range took, beside it each range (` + "`n+`" + `: not within n). Found by names
the rules of ` + "`simulator/check`" + `, ` + "`hang`, `crash`" + `, or ` + "`other`" + ` (what
nodes say in the end of series, sources and the queue). The guard is a test
that finds the bug without luck: of what the schedules did not find it is the only one.

` + "`task planted`" + ` goes on with the search, as long as the code is the same; a change of the code begins it anew. CI runs the schedules of the cheapest
bugs again.
`

// needs is what a schedule has to have to meet a bug that the search did not find.
var needs = map[planted.Name]string{
	planted.EvidenceForever: "a worker that freezes between its proof and its drop for longer than evidence lives, " +
		"and a " +
		"failover in that time that takes back what it had proven",
	planted.RewriteAlways: "load without a pause; once nobody writes the journal empties all the same",
	planted.FloorUnbounded: "an append that is under way for longer than the margin and is acknowledged, beside a " +
		"pass " +
		"that raises the floor and one that makes a row anew",
	planted.ChildrenOfFailedSplit: "a checker of rows that nobody reads: they cost space, and no answer differs",
	planted.SplitFailsOnLeftovers: "a failover that takes back a split and leaves its children, and the same window " +
		"split again",
	planted.SwapWithoutLease: "a worker that freezes right before it makes a row, for longer than its lease, and a " +
		"failover in that time that takes back the marker above the row",
	planted.WaitsByJournalClock: "a bound on the wait that is less than what clocks may be apart, which the checker " +
		"has " +
		"to allow",
	planted.AckedOutOfOrder: "a process that dies between two appends of a stream, of which the second was answered",
	planted.LateAcked:       "a client that waits longer than the bound of an append; those of world give up after 5 s",
	planted.ResentRestamped: "a stream that is ended under an append, and a correction of the same reading by " +
		"another " +
		"node before it is sent again",
	planted.FencedAcked: "an append to a stream that was ended while it was under way",
	planted.LabelsUnderWay: "the first block that describes a source to be lost, and one of the same stream after it " +
		"to be stored",
	planted.ClockUncorrected: "two nodes whose clocks are apart, and a correction through the one that is behind",
	planted.StepUnnoticed: "a machine's clock to be set right before the block that another node corrects within as " +
		"long (simulator/world TestMachinesWhoseClocksAreSet sets them all the time)",
	planted.StampsUnseen: "an order within a second, which nobody is promised; nodes are corrected to within one",
	planted.MarksOfAnotherJournal: "the journal of one region to be away while its nodes are not, and versions of " +
		"two journals that read alike (simulator/world TestAJournalIsAwayAlone, one seed of sixty)",
	planted.LoadBeforePurge: "two questions for one row, the second after a purge that began and ended while the " +
		"first " +
		"was reading",
	planted.FloorReadLate: "a block that is settled, dropped and passed by the floor between two reads of one " +
		"question",
	planted.SplitRemembered: "a failover that takes back a split which a reader remembers",
	planted.MarkerHoldsForever: "a question that takes longer than an outage, across a failover that takes back a " +
		"split",
	planted.SecondaryOnOldLive: "the primary to be away while a secondary is being filled, which takes no time " +
		"in world",
	planted.EndpointsMixed: "the primary to be lost between the reads of a marker and of a child, and a split that " +
		"has not arrived",
	planted.HintsOfAnotherEndpoint: "a split to arrive at the secondary between the reads of a child and of its marker",
	planted.TailMarksFirst:         "a drop between two reads of one question",
}

// Page is docs/planted.md: what results say of bugs.
func Page(bugs []Bug, r *Results) string {
	var out strings.Builder
	out.WriteString(head)
	var found, missed []Bug
	for _, b := range bugs {
		if len(foundBy(r, b.Name)) > 0 {
			found = append(found, b)
		} else {
			missed = append(missed, b)
		}
	}
	slices.SortStableFunc(found, func(a, b Bug) int { return median(r, a.Name).compare(median(r, b.Name)) })
	fmt.Fprintf(&out, "\n%d bugs; the schedules found %d. ", len(bugs), len(found))
	clean(&out, r)
	out.WriteString("\n## Found by schedules\n\n| bug | breaks | found by | seeds: median | of each range | guard " +
		"|\n|---|---|---|---:|---|---|\n")
	for _, b := range found {
		fmt.Fprintf(&out, "| %s | %s | %s | %v | %s | %s |\n", b.Name, b.Breaks, strings.Join(foundBy(r, b.Name), ", "),
			median(r, b.Name), strings.Join(texts(effort(r, b.Name)), ", "), b.Guard)
	}
	if len(missed) > 0 {
		out.WriteString("\n## Found by tests alone, so far\n\n| bug | breaks | seeds tried | why | guard " +
			"|\n|---|---|---:|---|---|\n")
	}
	for _, b := range missed {
		seeds := 0
		for rang := range Ranges {
			seeds += r.Of(b.Name, rang).Tried
		}
		why := b.Why
		if why == "" {
			why = "not within these seeds; it needs " + cmp.Or(needs[planted.Name(b.Name)], "luck")
		}
		fmt.Fprintf(&out, "| %s | %s | %d | %s | %s |\n", b.Name, b.Breaks, seeds, why, b.Guard)
	}
	return out.String()
}

// clean says what runs without a bug found.
func clean(out *strings.Builder, r *Results) {
	seeds := 0
	for rang := range Ranges {
		seeds += r.Of(Clean, rang).Tried
	}
	if len(r.Alarms) == 0 {
		fmt.Fprintf(out, "The same seeds without a bug, %d schedules, raised no alarm.\n", seeds)
		return
	}
	fmt.Fprintf(out, "Of %d schedules without a bug these raised an alarm:\n\n", seeds)
	for _, a := range r.Alarms {
		fmt.Fprintf(out, "- %s: %s: `%v`\n", a.Found, a.What, Mix(a.Seed))
	}
}

// foundBy are the rules that found a bug, each once.
func foundBy(r *Results, bug string) (rules []string) {
	for rang := range Ranges {
		if rule := r.Of(bug, rang).Found; rule != "" && !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	return rules
}

// seeds is how many seeds of a range it took, or that it was not found within so many.
type seeds struct {
	n    int
	more bool
}

func (s seeds) String() string {
	if s.more {
		return fmt.Sprintf("%d+", s.n)
	}
	return fmt.Sprint(s.n)
}

// compare puts what was not found behind everything that was.
func (s seeds) compare(o seeds) int {
	switch {
	case s.more == o.more:
		return s.n - o.n
	case s.more:
		return 1
	}
	return -1
}

// effort is what each range took that was tried.
func effort(r *Results, bug string) []seeds {
	var out []seeds
	for rang := range Ranges {
		if one := r.Of(bug, rang); one.Tried > 0 {
			out = append(out, seeds{one.Tried, one.Found == ""})
		}
	}
	return out
}

func median(r *Results, bug string) seeds {
	all := effort(r, bug)
	slices.SortFunc(all, seeds.compare)
	return all[len(all)/2]
}

func texts(all []seeds) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = s.String()
	}
	return out
}
