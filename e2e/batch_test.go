package e2e

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// kind is what a write means to the program.
type kind string

// The kinds of writes that tests look for.
const (
	isOther  kind = "other"
	isAppend kind = "append" // a block of a stream, perhaps with its birth
	isFill   kind = "fill"   // a void, or a copy, in an ended stream
	isEnd    kind = "end"
	isSeal   kind = "seal"
	isMark   kind = "mark"   // a dropped mark moves
	isDelete kind = "delete" // blocks below the mark go
	isChunk  kind = "chunk"  // rows of the account: chunks with rollups
)

// action is one action of a batch.
type action struct {
	method string
	table  string
	pk, rk string
	row    row
}

// row is what tests read of a row.
type row struct {
	PartitionKey, RowKey string
	Void                 bool   `json:"void"`
	Ended                bool   `json:"ended"`
	Sealed               bool   `json:"sealed"`
	Mark                 string `json:"mark"`
}

var (
	actionLine = regexp.MustCompile(`^(POST|PUT|MERGE|PATCH|DELETE) (\S+) HTTP/1\.1$`)
	keysOf     = regexp.MustCompile(`PartitionKey='([^']*)',\s*RowKey='([^']*)'`)
)

// classify reads a batch and says what the call means.
func (c *call) classify(base string) {
	c.kind = isOther
	rest := strings.TrimPrefix(c.URL.Path, base+"/")
	switch {
	case rest == "$batch":
		c.batch = parseBatch(c.body, base)
		c.kind = kindOf(c.batch)
	case c.Method != "GET" && isChunkTable(rest):
		c.kind = isChunk
	}
}

// isChunkTable reports whether a path names a table of chunks: C and eight hexadecimal digits.
func isChunkTable(path string) bool {
	table, _, _ := strings.Cut(path, "(")
	return len(table) == 9 && table[0] == 'C' && table != "Catalogue"
}

func parseBatch(body []byte, base string) []action {
	var out []action
	for line := range bytes.Lines(body) {
		line = bytes.TrimRight(line, "\r\n")
		if m := actionLine.FindSubmatch(line); m != nil {
			a := action{method: string(m[1])}
			if u, err := url.Parse(string(m[2])); err == nil {
				path := strings.TrimPrefix(u.Path, base+"/")
				a.table, _, _ = strings.Cut(path, "(")
				if k := keysOf.FindStringSubmatch(path); k != nil {
					a.pk, a.rk = k[1], k[2]
				}
			}
			out = append(out, a)
		} else if len(line) > 0 && line[0] == '{' && len(out) > 0 {
			a := &out[len(out)-1]
			if json.Unmarshal(line, &a.row) == nil && a.row.RowKey != "" {
				a.pk, a.rk = a.row.PartitionKey, a.row.RowKey
			}
		}
	}
	return out
}

func kindOf(batch []action) kind {
	has := func(f func(action) bool) bool { return slices.ContainsFunc(batch, f) }
	block := func(a action) bool { return a.isBlock() }
	switch {
	case has(func(a action) bool { return isChunkTable(a.table) }):
		return isChunk
	case has(func(a action) bool { return block(a) && a.method == "DELETE" }):
		return isDelete
	case has(block) && has(func(a action) bool { return a.isIndex("b") }):
		return isAppend
	case has(block):
		return isFill
	case has(func(a action) bool { return a.isIndex("a") && a.row.Sealed }):
		return isSeal
	case has(func(a action) bool { return a.isIndex("a") && a.row.Ended }):
		return isEnd
	case has(func(a action) bool { return a.isIndex("c") }):
		return isMark
	}
	return isOther
}

// isBlock reports whether the action is about a part of a block, k,<writer>,<number>,<part>.
func (a action) isBlock() bool { return strings.HasPrefix(a.rk, "k,") }

// isIndex reports whether the action is about an index row of a kind, i,<writer>,<kind>.
func (a action) isIndex(kind string) bool {
	return strings.HasPrefix(a.rk, "i,") && strings.HasSuffix(a.rk, ","+kind)
}

// blockName is writer/number of a block's row key.
func blockName(rk string) string {
	parts := strings.Split(rk, ",")
	return parts[1] + "/" + strings.TrimLeft(parts[2], "0")
}

// block is the writer/number that an append is about.
func (c *call) block() string {
	for _, a := range c.batch {
		if a.isBlock() {
			return blockName(a.rk)
		}
	}
	return ""
}
