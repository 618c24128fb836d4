// Package reach stands between the foreground and the endpoints of the storage: the journal of a region, an account's
// primary and secondary. Whoever waits for an answer does not wait for an endpoint that gives none.
//
// Before each endpoint stands a Guard. It is a breaker, which refuses calls while the endpoint does not answer and lets
// a single one through now and then; and a bulkhead, which refuses calls while too many are under way, so that one
// endpoint that hangs does not take the memory of all. A refused call is fault.Unavailable at once and did not happen.
// Journal, Directory, Rows and Account put a guard around a port. They try nothing twice.
//
// A Watch hears from its guards what came of every call, lets region.Reach decide what that means, and asks the
// endpoints of which nothing was heard.
//
// A Pair asks a second endpoint when the first one is slow (a hedge), or has failed. Hedges come out of a Budget, which
// is a share of the calls, so that an overload does not feed on itself. Only reads are asked twice.
package reach
