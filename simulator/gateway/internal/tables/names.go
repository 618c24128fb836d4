package tables

import (
	"net/http"
	"strings"
	"unicode"
)

// checkName holds a property's name against the rules for C# identifiers.
func checkName(name string, units int) *Refusal {
	if name == Carrier {
		return refuse(http.StatusBadRequest, "PropertyNameInvalid",
			"The property name is invalid. %s is reserved by the region simulator: give the property another name.",
			Carrier)
	}
	if units > maxName {
		return refuse(http.StatusBadRequest, "PropertyNameTooLong",
			"The property name exceeds the maximum allowed length (255).")
	}
	for i, r := range name {
		start := r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
		if !start && (i == 0 || !unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc, unicode.Cf)) {
			return refuse(http.StatusBadRequest, "PropertyNameInvalid", "The property name is invalid.")
		}
	}
	if name == "" {
		return refuse(http.StatusBadRequest, "PropertyNameInvalid", "The property name is invalid.")
	}
	return nil
}

// checkKey holds a key against its length and the characters that no key may have.
func checkKey(name, key string) *Refusal {
	if utf16Len(key) > maxKey {
		return refuse(http.StatusBadRequest, "KeyValueTooLarge",
			"The size of the %s exceeds the maximum allowed size (1KB).", name)
	}
	for _, r := range key {
		if r < 0x20 || r >= 0x7f && r <= 0x9f || strings.ContainsRune(`/\#?`, r) {
			return refuse(http.StatusBadRequest, "OutOfRangeInput", "The '%s' parameter of value '%s' is out of range.",
				name, key)
		}
	}
	return nil
}

// checkTableName holds a name against "Understanding the Table service data model" (Table names).
func checkTableName(name string) *Refusal {
	if strings.HasPrefix(name, "$Metrics") {
		return nil // the service's own tables
	}
	if len(name) < 3 || len(name) > 63 {
		return refuse(http.StatusBadRequest, "OutOfRangeInput",
			"The specified resource name length is not within the permissible limits.")
	}
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return refuse(http.StatusBadRequest, "InvalidResourceName",
				"The specified resource name contains invalid characters.")
		}
	}
	if strings.EqualFold(name, "tables") {
		return refuse(http.StatusBadRequest, "InvalidResourceName",
			"The specified resource name contains invalid characters.")
	}
	return nil
}
