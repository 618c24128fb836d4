package traffic

import (
	"context"
	"fmt"

	"tidemark/simulator/history"
)

// Service answers calls, as one node does. A call is of the kind that the method names, and the fields count that
// history.Call has for it. It is safe for concurrent use, and keeps nothing of a call.
//
// Without an error the call is done, and the answer is what the node said. With a *Refused it was certainly not done,
// and never will be. After any other error nobody knows. A series that the node does not know has an empty answer.
type Service interface {
	Write(ctx context.Context, c history.Call) (history.Answer, error)
	Delete(ctx context.Context, c history.Call) (history.Answer, error)
	Read(ctx context.Context, c history.Call) (history.Answer, error)
	Latest(ctx context.Context, c history.Call) (history.Answer, error)
	// Ask answers the other questions about readings: history.Count, Fold and Ask. One that it has not is refused.
	Ask(ctx context.Context, c history.Call) (history.Answer, error)
}

// Refused is the error of a call that was certainly not done. Why is for a person.
type Refused struct{ Why string }

// Error gives why.
func (r *Refused) Error() string { return r.Why }

// Node is a service and the name of who answers, as histories have it.
type Node struct {
	Name string
	Service
}

// do has the node do what the kind of a call says.
func (n Node) do(ctx context.Context, c history.Call) (history.Answer, error) {
	switch c.Kind {
	case history.Write:
		return n.Write(ctx, c)
	case history.Delete:
		return n.Delete(ctx, c)
	case history.Read:
		return n.Read(ctx, c)
	case history.Latest:
		return n.Latest(ctx, c)
	case history.Count, history.Fold, history.Ask:
		return n.Ask(ctx, c)
	}
	return history.Answer{}, &Refused{fmt.Sprintf("a service has no %v", c.Kind)}
}

// Series names what readings are of.
type Series struct{ Source, Metric string }
