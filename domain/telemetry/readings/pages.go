package readings

import (
	"slices"
	"sort"
)

// past is what is remembered of a series: readings by rising times, in pages of which none is empty.
type past struct {
	pages  [][]moment
	forgot int64 // what is at or before it may have been forgotten
}

type moment struct {
	time int64
	said Said
}

const (
	pageMoments = 256
	momentBytes = 24
	pageBytes   = 24 // of a page beside its moments
)

// put remembers a reading, and gives what was said of its time before. grown is how many bytes it took.
func (p *past) put(now moment) (before Said, again bool, grown int) {
	last := len(p.pages) - 1
	if last < 0 || now.time > p.pages[last][len(p.pages[last])-1].time {
		return before, false, p.append(now)
	}
	at := max(sort.Search(last+1, func(i int) bool { return p.pages[i][0].time > now.time })-1, 0)
	page := p.pages[at]
	i := sort.Search(len(page), func(i int) bool { return page[i].time >= now.time })
	if i < len(page) && page[i].time == now.time {
		before = page[i].said
		page[i].said = now.said
		return before, true, 0
	}
	return before, false, p.insert(at, i, now)
}

// append adds a reading behind all others.
func (p *past) append(now moment) (grown int) {
	last := len(p.pages) - 1
	if last < 0 || len(p.pages[last]) >= pageMoments {
		return p.open(last+1, now)
	}
	return p.insert(last, len(p.pages[last]), now)
}

// open begins a page.
func (p *past) open(at int, now ...moment) (grown int) {
	page := slices.Clone(now)
	p.pages = slices.Insert(p.pages, at, page)
	return pageBytes + cap(page)*momentBytes
}

// insert adds a reading to a page. One that is full is divided first, unless the reading goes before all others:
// times that fall fill pages too.
func (p *past) insert(at, i int, now moment) (grown int) {
	page := p.pages[at]
	switch {
	case len(page) < pageMoments:
	case i == 0:
		return p.open(at, now)
	default:
		half := len(page) / 2
		grown = p.open(at+1, page[half:]...)
		page = page[:half]
		p.pages[at] = page
		if i > half {
			return grown + p.insert(at+1, i-half, now)
		}
	}
	before := cap(page)
	page = slices.Insert(page, i, now)
	p.pages[at] = page
	return grown + (cap(page)-before)*momentBytes
}

// forget drops the earlier half, and gives how many bytes are left.
func (p *past) forget() (left int) {
	n := 0
	for _, page := range p.pages {
		n += len(page)
	}
	var kept [][]moment
	drop := (n + 1) / 2
	for _, page := range p.pages {
		cut := min(drop, len(page))
		drop -= cut
		if cut > 0 {
			p.forgot = page[cut-1].time
		}
		if cut < len(page) {
			page = slices.Clone(page[cut:])
			kept = append(kept, page)
			left += pageBytes + cap(page)*momentBytes
		}
	}
	p.pages = kept
	return left
}
