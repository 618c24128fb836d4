package compose

import (
	"fmt"
	"time"

	"tidemark/adapters/aztable"
	"tidemark/domain/region"
	"tidemark/ports/journal"
)

// journals are the accounts of the journals, opened.
type journals struct {
	near *aztable.Client
	far  *aztable.Client // nil where there is one journal
}

// peerPatience is how much longer than a request background work waits for the other region's journal, at most. That is
// away at times, while there is work to do at home: a pass that waited minutes for it would fold nothing meanwhile.
const peerPatience = 3

// openJournals opens them for who tries so long and so often.
func openJournals(cfg Storage, try time.Duration, retries int, sig *signals) (j journals, err error) {
	j.near, err = aztable.Open(aztable.Config{URL: cfg.JournalURL, Account: cfg.JournalAccount,
		Key:        string(cfg.JournalKey),
		TryTimeout: try, Retries: retries, OnCall: sig.metrics.Sent, Wrap: sig.traced})
	if err != nil {
		return j, fmt.Errorf("the journal's account: %w", err)
	}
	if !cfg.Paired() {
		return j, nil
	}
	try, retries = min(try, peerPatience*cfg.TryTimeout), min(retries, 1)
	j.far, err = aztable.Open(aztable.Config{URL: cfg.PeerURL, Account: cfg.PeerAccount, Key: string(cfg.PeerKey),
		TryTimeout: try, Retries: retries, OnCall: sig.metrics.Sent, Wrap: sig.traced})
	if err != nil {
		return j, fmt.Errorf("the other journal's account: %w", err)
	}
	return j, nil
}

// site is the journal of the other region; none where there is one journal.
func (j journals) site(cfg Storage) journal.Site {
	if j.far == nil {
		return journal.Site{}
	}
	return journal.Site{Region: region.Name(cfg.PeerRegion), Journal: j.far.Journal(), Directory: j.far.Directory()}
}

// know has the accounts hold the journal with which a process begins, and its peer: nothing is written to others, or
// read from them, that take their places later.
func (j journals) know(near journal.Place) {
	j.near.Know(near.Region, near.Generation)
	if j.far != nil {
		j.far.Know(near.Peer.Region, near.Peer.Generation)
	}
}
