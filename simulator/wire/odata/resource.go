package odata

import (
	"net/url"
	"strings"
)

// SplitResource takes table, table() and table(PartitionKey='..',RowKey='..') apart. Quotes in keys are doubled; the
// Go SDK forgets that in batches, so a lone quote is taken for itself.
func SplitResource(s string) (table, pk, rk string, keyed, ok bool) {
	table, keys, found := strings.Cut(s, "(")
	if !found {
		return table, "", "", false, table != ""
	}
	keys, ok = strings.CutSuffix(keys, ")")
	if !ok || table == "" {
		return "", "", "", false, false
	}
	if strings.TrimSpace(keys) == "" {
		return table, "", "", false, true
	}
	keys, ok = strings.CutPrefix(strings.TrimSpace(keys), "PartitionKey='")
	if !ok || !strings.HasSuffix(keys, "'") {
		return "", "", "", false, false
	}
	pk, rk, ok = splitKeys(keys)
	return table, pk, rk, true, ok
}

// splitKeys takes a',RowKey='b' apart: at the first quote that is not half of a pair and has the other key behind it.
func splitKeys(keys string) (pk, rk string, ok bool) {
	for at := 0; ; {
		i := strings.Index(keys[at:], "'")
		if i < 0 {
			return pk, rk, ok
		}
		at += i + 1
		after, isEnd := strings.CutPrefix(strings.TrimLeft(keys[at:], " "), ",")
		after, isKey := strings.CutPrefix(strings.TrimLeft(after, " "), "RowKey='")
		if !isEnd || !isKey || !strings.HasSuffix(after, "'") {
			continue
		}
		if even := trailingQuotes(keys[:at-1])%2 == 0; even || !ok {
			pk, rk, ok = single(keys[:at-1]), single(strings.TrimSuffix(after, "'")), true
			if even {
				return pk, rk, true
			}
		}
	}
}

func trailingQuotes(s string) int { return len(s) - len(strings.TrimRight(s, "'")) }

// single undoubles quotes, if all are doubled.
func single(key string) string {
	if strings.Contains(strings.ReplaceAll(key, "''", ""), "'") {
		return key
	}
	return strings.ReplaceAll(key, "''", "'")
}

// DoubleQuotes is a key as it stands between quotes, in an address or a filter.
func DoubleQuotes(key string) string { return strings.ReplaceAll(key, "'", "''") }

// Parameter is the first value of a query parameter.
func Parameter(rawQuery, name string) string {
	for pair := range strings.SplitSeq(rawQuery, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if k, err := url.QueryUnescape(key); err == nil && k == name {
			v, _ := url.QueryUnescape(value)
			return v
		}
	}
	return ""
}

// SplitTables takes Tables, Tables() and Tables('name') apart, in any case: no table can be called so in any case, and
// names of tables have none. ok is false for everything else.
func SplitTables(s string) (ok bool, name string, named bool) {
	const resource = "Tables"
	if len(s) < len(resource) || !strings.EqualFold(s[:len(resource)], resource) {
		return false, "", false
	}
	keys := s[len(resource):]
	if keys == "" || keys == "()" {
		return true, "", false
	}
	name, begins := strings.CutPrefix(keys, "('")
	name, ends := strings.CutSuffix(name, "')")
	return begins && ends, name, true
}
