package tables

import (
	"time"

	"tidemark/simulator/wire/odata"
)

// Match is what a row is now: for an Op whose IfMatch is an ETag. Native is the ETag that Azurite has for it.
type Match struct {
	Found  bool
	Stamp  time.Time // zero for a row that carries none
	Native string
}

// NeedsMatch lists the Ops (indexes) whose IfMatch is an ETag of the service's form. Any other is Azurite's to
// refuse.
func (q *Request) NeedsMatch() []int {
	var need []int
	for i, op := range q.Ops {
		if _, ok := odata.ParseETag(op.IfMatch); ok {
			need = append(need, i)
		}
	}
	return need
}

// ifMatch is the condition for Azurite.
func (q *Request) ifMatch(i int, stamp time.Time, matches map[int]Match) string {
	sent := q.Ops[i].IfMatch
	at, ok := odata.ParseETag(sent)
	if !ok || stamp.IsZero() {
		return sent
	}
	switch m := matches[i]; {
	case !m.Found:
		return odata.DeadETag
	case m.Stamp.IsZero():
		return sent // a row from before the account was here: it goes by Azurite's ETag
	case m.Stamp.Equal(at):
		return m.Native
	}
	return odata.DeadETag
}
