package georep

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// item is an entry that the secondary lacks.
type item struct {
	Entry
	committed time.Time
	again     time.Time // not before, after a failure
	box       *container
	givenOut  bool // between Next and Applied or Failed
	parked    bool // would be ready, but its scope is paused

	ready, oldest int // places in the heaps
}

// since is when the item may be given, as far as time goes.
func (it *item) since() time.Time {
	if it.again.After(it.Due) {
		return it.again
	}
	return it.Due
}

// boxName is a container of one service.
type boxName struct {
	service   Service
	container string
}

func (p Partition) box() boxName { return boxName{service: p.Service, container: p.Container} }

// container is the order of what is missing of one container: stages, of which only the first is open. A write to the
// container itself is a stage alone; the writes between two such are one stage with a lane for each partition.
type container struct {
	name   boxName
	stages []*stage
}

type stage struct {
	whole bool
	lanes map[string]*lane // by Key; of a whole stage the one lane ""
	left  int              // items in it
}

// lane is a partition's items in order of commit.
type lane struct{ items []*item }

func (l *lane) head() *item {
	if l == nil || len(l.items) == 0 {
		return nil
	}
	return l.items[0]
}

// add puts an item behind everything that it conflicts with and says whether it is open at once: nothing is before
// it.
func (c *container) add(it *item) bool {
	last := len(c.stages) - 1
	if last < 0 || it.Partition.Whole || c.stages[last].whole {
		c.stages = append(c.stages, &stage{whole: it.Partition.Whole, lanes: map[string]*lane{}})
		last++
	}
	s := c.stages[last]
	key := it.lane()
	l := s.lanes[key]
	if l == nil {
		l = &lane{}
		s.lanes[key] = l
	}
	l.items = append(l.items, it)
	s.left++
	return last == 0 && len(l.items) == 1
}

func (it *item) lane() string {
	if it.Partition.Whole {
		return ""
	}
	return it.Partition.Key
}

// take removes the head of an open lane and returns what is open now and was not before.
func (c *container) take(it *item) []*item {
	s := c.stages[0]
	key := it.lane()
	s.pop(key)
	if s.left == 0 {
		return c.settle()
	}
	if next := s.lanes[key].head(); next != nil {
		return []*item{next}
	}
	return nil
}

func (s *stage) pop(key string) {
	l := s.lanes[key]
	l.items[0] = nil
	l.items = l.items[1:]
	s.left--
	if len(l.items) == 0 {
		delete(s.lanes, key)
	}
}

// settle drops the stages at the front that are empty; if there were any, it returns what is open now.
func (c *container) settle() []*item {
	n := 0
	for n < len(c.stages) && c.stages[n].left == 0 {
		n++
	}
	if n == 0 {
		return nil
	}
	c.stages = slices.Delete(c.stages, 0, n)
	return c.open()
}

// open lists the items that nothing is before, in order of commit.
func (c *container) open() []*item {
	if len(c.stages) == 0 {
		return nil
	}
	var heads []*item
	for _, l := range c.stages[0].lanes {
		heads = append(heads, l.head())
	}
	slices.SortFunc(heads, bySeq)
	return heads
}

// keys lists the partitions of which something is missing.
func (c *container) keys() []string {
	var keys []string
	for _, s := range c.stages {
		if !s.whole {
			keys = slices.AppendSeq(keys, maps.Keys(s.lanes))
		}
	}
	return keys
}

// through removes a partition's items up to a number, in every stage.
func (c *container) through(key string, seq uint64) []*item {
	var gone []*item
	for _, s := range c.stages {
		if s.whole {
			continue
		}
		for head := s.lanes[key].head(); head != nil && head.Seq <= seq; head = s.lanes[key].head() {
			gone = append(gone, head)
			s.pop(key)
		}
	}
	return gone
}

func bySeq(a, b *item) int { return cmp.Compare(a.Seq, b.Seq) }
