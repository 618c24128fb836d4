package tables

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Pages is where pages of queries end before they have to. The service ends them where a partition does, after five
// seconds, and may give one without a row that still says where to go on ("Query timeout and pagination"); Azurite
// fills each up to 1,000 rows or $top.
type Pages uint8

// The kinds of pages.
const (
	PagesWhole   Pages = iota // as Azurite has them
	PagesBorders              // they end where a partition does, too
	PagesShort                // they end after 1 to 10 rows, too
	PagesEmpty                // before each with rows comes one without
	PagesDrawn                // each page is one of these
)

var pagesNames = [...]string{"whole", "borders", "short", "empty", "drawn"}

// String is "whole", "borders", "short", "empty" or "drawn".
func (p Pages) String() string { return pagesNames[p] }

// ParsePages reads what String writes; "" is PagesWhole.
func ParsePages(text string) (Pages, error) {
	if text == "" {
		return PagesWhole, nil
	}
	i := slices.Index(pagesNames[:], text)
	if i < 0 {
		return 0, fmt.Errorf("pages are %q: write one of %s", text, strings.Join(pagesNames[:], ", "))
	}
	return Pages(i), nil
}

// page is where the page of one query is to end. The zero value is a whole one.
type page struct {
	kind  Pages
	most  int      // rows of PagesShort
	added []string // keys that were asked for beyond the client's $select

	rows      int
	partition []byte // of the first row, as in JSON
	next      *[2]string
}

// heldPage is how many bytes of a page are held at most: it ends after the row that goes over them.
const heldPage = 8 << 20

// choose chooses the page of a query to a table: the same query of the same seed has the same page, in both regions.
func (p Pages) choose(seed uint64, table, query string) page {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s %s", seed, table, query) // it does not fail
	drawn := h.Sum64()
	drawn = (drawn ^ drawn>>32) * 0xd6e8feb86659fd93
	if p == PagesDrawn {
		p = Pages(drawn >> 32 % uint64(PagesDrawn))
	}
	if p == PagesEmpty && afterEmpty(query) {
		p = PagesWhole
	}
	return page{kind: p, most: 1 + int(drawn>>40%10)}
}

// cuts reports whether the page may end before Azurite ends it.
func (p *page) cuts() bool { return p.kind != PagesWhole }

// selectKeys is a query that asks for the keys of its rows; they are left out again where the client did not ask.
func (p *page) selectKeys(raw string) string {
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		text, bad := url.QueryUnescape(value)
		if err != nil || bad != nil || name != "$select" || strings.TrimSpace(text) == "" {
			continue
		}
		names := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
		if slices.Contains(names, "*") {
			continue
		}
		for _, key := range []string{"PartitionKey", "RowKey"} {
			if !slices.Contains(names, key) {
				p.added = append(p.added, key)
				pairs[i] += "%2C" + key
			}
		}
	}
	return strings.Join(pairs, "&")
}

// ends reports whether the page ends before a row, of which held bytes of rows come before.
func (p *page) ends(row []byte, held int) bool {
	partition := rawKey(row, "PartitionKey")
	if p.rows == 0 {
		p.partition = bytes.Clone(partition)
	}
	end := false
	switch p.kind {
	case PagesBorders:
		end = !bytes.Equal(partition, p.partition)
	case PagesShort:
		end = p.rows == p.most
	case PagesEmpty:
		end = true
	}
	if end = end || p.rows > 0 && held > heldPage; end {
		p.next = &[2]string{keyText(partition), keyText(rawKey(row, "RowKey"))}
	}
	p.rows++
	return end
}

// rawKey is a key of a row, as it stands in JSON.
func rawKey(row []byte, name string) []byte {
	from, to, _ := value(row, []byte(`"`+name+`":"`))
	return row[from:to]
}

func keyText(raw []byte) (text string) {
	_ = json.Unmarshal(slices.Concat([]byte{'"'}, raw, []byte{'"'}), &text) // Azurite wrote it
	return text
}

// plain is a row without the keys that the client did not ask for.
func (p *page) plain(row []byte) []byte {
	for _, name := range p.added {
		named := []byte(`"` + name + `":"`)
		from, to, ok := value(row, named)
		if !ok {
			continue
		}
		from, to = from-len(named), to+1
		if to < len(row) && row[to] == ',' {
			to++
		} else if row[from-1] == ',' {
			from--
		}
		row = slices.Concat(row[:from], row[to:])
	}
	return row
}

// say puts into an answer where the query goes on, if the page was ended here.
func (p *page) say(h http.Header) {
	if p.next == nil {
		return
	}
	for i, name := range []string{"NextPartitionKey", "NextRowKey"} {
		text := base64.StdEncoding.EncodeToString([]byte(p.next[i]))
		if p.kind == PagesEmpty {
			h.Set(continuations[name], tokenAfterEmpty(text))
		} else {
			h.Set(continuations[name], token(text))
		}
	}
}
