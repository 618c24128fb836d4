package compose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/domain/telemetry"
)

// generation is one of the accounts that a storage has its chunks in, as the configuration names it. The first has
// everything that is no chunk, too.
type generation struct {
	name              string
	since             string // the date that its chunks begin with; "" of the first
	from              int32  // the year window of that date
	key               Secret
	replication       Replication
	url, secondaryURL string
}

// text is how --account names it.
func (g generation) text() string {
	if g.since == "" {
		return g.name
	}
	return g.name + "@" + g.since
}

// generations takes apart what a storage says of its accounts. Every list has as many entries as there are accounts,
// or, of URLs, none; that of the secondaries has one for each account that is ra-grs. It says what is wrong.
func (s Storage) generations(wrong *problems) []generation {
	s.AccountKey, s.Replication = given(s.AccountKey), given(s.Replication)
	s.TableURL, s.TableSecondaryURL = given(s.TableURL), given(s.TableSecondaryURL)
	out := make([]generation, len(s.Account))
	count := func(flag string, have int) bool {
		wrong.need(have == len(out), "%s is given %s and --account %s: give one for each account, in the same order",
			flag, times(have), times(len(out)))
		return have == len(out)
	}
	for i, text := range s.Account {
		out[i].name, out[i].since, _ = strings.Cut(text, "@")
	}
	switch {
	case len(s.AccountKey) == 0 && len(out) == 1:
		wrong.key("--account-key", "")
	case count("--account-key", len(s.AccountKey)):
		for i, key := range s.AccountKey {
			wrong.key("--account-key", key)
			out[i].key = key
		}
	}
	switch {
	case len(s.Replication) == 0:
		wrong.need(false, "--replication is not given: say none for an account in one region (LRS, ZRS), "+
			"or ra-grs for one with a readable secondary (RA-GRS, RA-GZRS)")
	case count("--replication", len(s.Replication)):
		for i, r := range s.Replication {
			out[i].replication = r
		}
	}
	if len(s.TableURL) > 0 && count("--table-url", len(s.TableURL)) {
		for i, url := range s.TableURL {
			out[i].url = url
		}
	}
	s.secondaries(out, wrong)
	s.validateGenerations(out, wrong)
	return out
}

// given is a list, and none if it says nothing: an environment variable may be there and empty.
func given[T ~string](list []T) []T {
	if slices.ContainsFunc(list, func(v T) bool { return v != "" }) {
		return list
	}
	return nil
}

// secondaries gives each account that replicates the URL of its secondary.
func (s Storage) secondaries(of []generation, wrong *problems) {
	var geo []int
	for i, g := range of {
		if g.replication == ReplicationRAGRS {
			geo = append(geo, i)
		}
	}
	switch n := len(s.TableSecondaryURL); {
	case n == 0:
		wrong.need(len(s.TableURL) == 0 || len(geo) == 0,
			"--table-secondary-url is not given beside --table-url: --replication ra-grs needs both")
	case len(geo) == 0:
		wrong.need(!slices.Contains(s.Replication, ReplicationNone),
			"--table-secondary-url is given and --replication is none: leave the URL out, or say --replication ra-grs")
	case n != len(geo):
		wrong.need(false, "--table-secondary-url is given %s and --replication ra-grs %s: give one for each account "+
			"that is ra-grs, in the same order", times(n), times(len(geo)))
	default:
		for i, at := range geo {
			of[at].secondaryURL = s.TableSecondaryURL[i]
		}
	}
}

// validateGenerations holds accounts to the rules of generations, and finds the years that they begin with.
func (s Storage) validateGenerations(all []generation, wrong *problems) {
	for i := range all {
		g := &all[i]
		wrong.need(g.name != "", "--account is %q: it names no account", g.text())
		switch g.replication {
		case ReplicationNone, ReplicationRAGRS:
		default:
			wrong.need(len(s.Replication) != len(all), "--replication is %q: it is none or ra-grs", g.replication)
		}
		for _, before := range all[:i] {
			same := before.name == g.name && (before.url == "" || g.url == "") ||
				before.url != "" && sameEndpoint(before.url, g.url)
			wrong.need(!same, "--account %s is the account of %s: an account keeps the chunks of one span of time; "+
				"name another", g.text(), before.text())
		}
		if i == 0 {
			wrong.need(g.since == "", "--account %s is the first: it keeps everything from before the second, "+
				"so write %s alone", g.text(), g.name)
			continue
		}
		year, err := beginning(g.since)
		g.from = year
		switch {
		case g.since == "":
			wrong.need(false, "--account is given a second time, as %s, without a date: write %[1]s@DATE with the "+
				"date of the first readings that it keeps, for instance %[1]s@%[2]s", g.name, dateOf(nextYear()))
		case err != nil:
			wrong.need(false, "--account is %s: %v", g.text(), err)
		case i > 1 && g.from <= all[i-1].from:
			wrong.need(false, "--account %s does not begin later than --account %s: name accounts in the order of "+
				"their dates", g.text(), all[i-1].text())
		}
	}
}

// beginning is the year of chunks that begins on a date. Chunks lie in tables of a year each, which has 384 days, and
// a table lies in one account: so a generation begins where a year does.
func beginning(date string) (int32, error) {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil || at.Before(time.Unix(0, telemetry.MinTime)) || at.After(time.Unix(0, telemetry.MaxTime)) {
		return 0, fmt.Errorf("%q is no date of readings: write one as %s", date, dateOf(nextYear()))
	}
	year := telemetry.YearOf(at.UnixNano())
	if start := telemetry.YearWindow(year); start.Start() != at.UnixNano() {
		return 0, fmt.Errorf("an account begins where tables of chunks do, each 384 days after the last: "+
			"write %s or %s", dateOf(year), dateOf(year+1))
	}
	return year, nil
}

// dateOf is the date that a year of chunks begins on.
func dateOf(year int32) string {
	return time.Unix(0, telemetry.YearWindow(year).Start()).UTC().Format(time.DateOnly)
}

// nextYear is the year of chunks that an example names.
func nextYear() int32 { return telemetry.YearOf(time.Now().UnixNano()) + 1 }

// times is how often a flag is given.
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
