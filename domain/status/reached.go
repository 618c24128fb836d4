package status

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Stores are the ports that are asked whether they answer.
type Stores struct {
	Directory journal.Directory
	Accounts  *bounds.Accounts
	// Watch knows it already: nobody is asked of whom it hears. One that hears of no account leaves these to be asked.
	// nil is nobody.
	Watch *reach.Watch
}

// found is what the journals and the accounts are found to be. What the watch hears of is known; of what it does not
// hear, the near journal and the accounts are asked. The tasks are asked for too, unless it is known that home does not
// answer.
func (st Stores) found(ctx context.Context, s sched.Scheduler, near region.Name,
	tasks func(context.Context)) (journals, accounts region.Reach) {
	if st.Watch == nil {
		all := st.asked(ctx, s, []region.Name{near}, tasks)
		return all, all
	}
	known, home := st.Watch.Reach(), region.PrimaryOf(st.Accounts.At(0).Name)
	if !slices.Contains(known.Endpoints(), home) {
		return known, st.asked(ctx, s, nil, tasks)
	}
	if known.Health(home).Answers() {
		tasks(ctx)
	}
	return known, known
}

// asked is what answers just now, and nothing else: it remembers nothing. near is the near journal, or none.
func (st Stores) asked(ctx context.Context, s sched.Scheduler, near []region.Name,
	tasks func(context.Context)) region.Reach {
	var silent error // of the journal
	var tide region.Tidemark
	var primaries []bool
	asks := []func(context.Context){
		func(ctx context.Context) {
			if told, err := st.Accounts.Tidemark(ctx); err == nil {
				tide = told
			}
		},
		func(ctx context.Context) { primaries = st.primariesAnswer(ctx, s) },
		tasks,
	}
	if len(near) > 0 {
		asks = append(asks, func(ctx context.Context) { _, silent = st.Directory.Now(ctx) })
	}
	_ = sched.Each(ctx, s, len(asks), len(asks), func(ctx context.Context, i int) error {
		asks[i](ctx)
		return nil
	})
	answers := map[region.Endpoint]bool{}
	for _, of := range near {
		answers[region.JournalOf(of)] = silent == nil
	}
	var accounts []region.Account
	for i, answer := range primaries {
		name := st.Accounts.At(i).Name
		accounts = append(accounts, region.Account{Name: name})
		answers[region.PrimaryOf(name)] = answer
	}
	return follows(region.New(region.Policy{}, near, accounts...), answers, accounts, tide, s.Now())
}

// follows is what follows of answers for a process that knew nothing.
func follows(out region.Reach, answers map[region.Endpoint]bool, accounts []region.Account, tide region.Tidemark,
	now time.Time) region.Reach {
	for _, of := range out.Endpoints() {
		outcome := region.Failed
		if answers[of] {
			outcome = region.Answered
		}
		out, _ = out.Step(region.Called{At: of, Outcome: outcome, Began: now}, now)
	}
	for _, a := range accounts {
		out, _ = out.Step(region.Told{Account: a.Name, Tide: tide}, now)
	}
	return out
}

// primariesAnswer reads a row of each account, be it there or not, side by side.
func (st Stores) primariesAnswer(ctx context.Context, s sched.Scheduler) []bool {
	answers := make([]bool, st.Accounts.Len())
	_ = sched.Each(ctx, s, len(answers), len(answers), func(ctx context.Context, i int) error {
		_, err := st.Accounts.At(i).Rows.Get(ctx, chunks.HorizonKey("status"))
		answers[i] = err == nil || fault.Is(err, fault.NotFound)
		return nil
	})
	return answers
}
