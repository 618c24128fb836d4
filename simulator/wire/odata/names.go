package odata

import (
	"bytes"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Limits of names and keys ("Understanding the Table service data model": Property names, Key fields).
const (
	maxName = 255 // characters of a property's name
	// UTF-16 characters of a key: 1 KiB. Newer copies of the page say 1,024 characters; Azurite holds 512 too.
	maxKey = 512
)

// fewNames are compared one by one, more by a map.
const fewNames = 24

// checkNames holds the names against the rules, and looks for one that is there twice.
func checkNames(props []property) *Refusal {
	var names map[string]bool
	if len(props) > fewNames {
		names = make(map[string]bool, len(props))
	}
	for i := range props {
		p := &props[i]
		if !p.plainName() {
			if bad := checkName(p.nameText(), p.nameUnits); bad != nil {
				return bad
			}
		}
		twice := names[string(p.name)]
		for j := 0; names == nil && j < i; j++ {
			twice = twice || bytes.Equal(props[j].name, p.name)
		}
		if twice {
			return Refuse(http.StatusBadRequest, "DuplicatePropertiesSpecified",
				"A property is specified more than one time.")
		}
		if names != nil {
			names[string(p.name)] = true
		}
	}
	return nil
}

// plainName says that a name is right at a glance: ASCII letters, digits and underscores. The carrier is not.
func (p *property) plainName() bool {
	for i, c := range p.name {
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(p.name) > 0 && len(p.name) <= maxName && string(p.name) != Carrier
}

// checkName holds a property's name against the rules for C# identifiers.
func checkName(name string, units int) *Refusal {
	if name == Carrier {
		return Refuse(http.StatusBadRequest, "PropertyNameInvalid",
			"The property name is invalid. %s is reserved by the region simulator: give the property another name.",
			Carrier)
	}
	if units > maxName {
		return Refuse(http.StatusBadRequest, "PropertyNameTooLong",
			"The property name exceeds the maximum allowed length (255).")
	}
	for i, r := range name {
		start := r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
		if !start && (i == 0 || !unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc, unicode.Cf)) {
			return Refuse(http.StatusBadRequest, "PropertyNameInvalid", "The property name is invalid.")
		}
	}
	if name == "" {
		return Refuse(http.StatusBadRequest, "PropertyNameInvalid", "The property name is invalid.")
	}
	return nil
}

// CheckKeys holds the keys of a row against their length and the characters that no key may have.
func CheckKeys(pk, rk string) *Refusal {
	if bad := checkKey("PartitionKey", pk); bad != nil {
		return bad
	}
	return checkKey("RowKey", rk)
}

// checkKey holds a key against its length and the characters that no key may have.
func checkKey(name, key string) *Refusal {
	if utf16Len(key) > maxKey {
		return Refuse(http.StatusBadRequest, "KeyValueTooLarge",
			"The size of the %s exceeds the maximum allowed size (1KB).", name)
	}
	for _, r := range key {
		if r < 0x20 || r >= 0x7f && r <= 0x9f || strings.ContainsRune(`/\#?`, r) {
			return Refuse(http.StatusBadRequest, "OutOfRangeInput", "The '%s' parameter of value '%s' is out of range.",
				name, key)
		}
	}
	return nil
}

// CheckTableName holds a name against "Understanding the Table service data model" (Table names).
func CheckTableName(name string) *Refusal {
	if strings.HasPrefix(name, "$Metrics") {
		return nil // the service's own tables
	}
	if len(name) < 3 || len(name) > 63 {
		return Refuse(http.StatusBadRequest, "OutOfRangeInput",
			"The specified resource name length is not within the permissible limits.")
	}
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return Refuse(http.StatusBadRequest, "InvalidResourceName",
				"The specified resource name contains invalid characters.")
		}
	}
	if strings.EqualFold(name, "tables") {
		return Refuse(http.StatusBadRequest, "InvalidResourceName",
			"The specified resource name contains invalid characters.")
	}
	return nil
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// TableName is the name in the body of a request that makes a table; it may be none that a table can have.
func TableName(body []byte) (string, *Refusal) {
	s := scanner{b: body}
	if !s.eat('{') {
		return "", malformed()
	}
	name := ""
	for first := true; !s.eat('}'); first = false {
		p, ok := s.property(first)
		if !ok {
			return "", malformed()
		}
		if string(p.name) == "TableName" {
			name = p.valueText()
		}
	}
	if name == "" {
		return "", Refuse(http.StatusBadRequest, "PropertiesNeedValue",
			"The values are not specified for all properties in the entity.")
	}
	return name, nil
}
