package inject

// matcher is a condition, ready to match without allocating: one struct for all, because a call that goes through an
// interface would have to lie on the heap.
type matcher struct {
	is                                                          kind
	left, right                                                 *matcher // of both, either and none, which has no right
	from, to, service, account, operation, container, partition pattern
}

// kind is what a matcher looks at.
type kind uint8

const (
	itself kind = iota // the fields
	both
	either
	none
)

func (m *matcher) match(c *Call) bool {
	switch m.is {
	case both:
		return m.left.match(c) && m.right.match(c)
	case either:
		return m.left.match(c) || m.right.match(c)
	case none:
		return !m.left.match(c)
	}
	return m.service.match(c.Service) && m.operation.match(c.Operation) && m.from.match(c.From) && m.to.match(c.To) &&
		m.account.match(c.Account) && m.container.match(c.Container) && m.partition.match(c.Partition)
}

func newMatcher(c Condition) *matcher {
	switch c := c.(type) {
	case And:
		return &matcher{is: both, left: newMatcher(c.Left), right: newMatcher(c.Right)}
	case Or:
		return &matcher{is: either, left: newMatcher(c.Left), right: newMatcher(c.Right)}
	case Not:
		return &matcher{is: none, left: newMatcher(c.Of)}
	}
	m, _ := c.(Match) // nil matches everything, as a Match without patterns
	return &matcher{from: newPattern(m.From), to: newPattern(m.To), service: newPattern(m.Service),
		account: newPattern(m.Account), operation: newPattern(m.Operation), container: newPattern(m.Container),
		partition: newPattern(m.Partition)}
}
