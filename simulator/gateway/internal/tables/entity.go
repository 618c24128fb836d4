package tables

import (
	"bytes"
	"net/http"
	"unicode/utf16"
)

// Limits of an entity. "Understanding the Table service data model" (Property limitations, Property names, Key
// fields) and "Scalability and performance targets for Table storage".
const (
	maxEntity     = 1 << 20  // bytes, all of a row
	maxProperties = 252      // own ones: 255 with PartitionKey, RowKey and Timestamp
	maxValue      = 64 << 10 // bytes of a string (UTF-16) or a binary
	maxName       = 255      // characters of a property's name
	// UTF-16 characters of a key: 1 KiB. Newer copies of the page say 1,024 characters; Azurite holds 512 too.
	maxKey = 512
)

// entity is the body of a write, looked over without decoding it.
type entity struct {
	body         []byte // "" without one, otherwise a JSON object
	inside       int    // where its first property is
	empty        bool   // {}
	hasPK, hasRK bool
	pk, rk       string
	wide         bool // it has bytes beyond ASCII
	lines        bool // it has line breaks (between its properties)
	size         int  // as the service counts it, without the keys
}

// property is one property of a body while it is looked over.
type property struct {
	name  []byte // without quotes, escaped as sent
	value []byte // a string's inside, or the literal
	text  bool   // a string
	units int    // of a string: UTF-16 characters

	nameUnits int
}

// fixedSizes are the types with a fixed size in a row.
var fixedSizes = map[string]int{"Edm.Int32": 4, "Edm.Int64": 8, "Edm.Double": 8, "Edm.DateTime": 8, "Edm.Guid": 16,
	"Edm.Boolean": 1}

var typeSuffix, odata, atOData = []byte("@odata.type"), []byte("odata."), []byte("@odata.")

var badBody = refuse(http.StatusBadRequest, "InvalidInput", "An error occurred while processing this request.")

func malformed() *Refusal { r := *badBody; return &r }

// scanEntity looks over a body and holds it against the limits of names, values and their number.
func scanEntity(body []byte) (entity, *Refusal) {
	e := entity{body: body, empty: true}
	var room [32]property
	props, types, bad := e.split(room[:0])
	if bad != nil {
		return e, bad
	}
	if bad := e.measure(props, types); bad != nil {
		return e, bad
	}
	return e, nil
}

// split takes the body apart into properties and type annotations, and keeps the keys.
func (e *entity) split(props []property) (_, types []property, _ *Refusal) {
	s := scanner{b: e.body}
	if !s.eat('{') {
		return nil, nil, malformed()
	}
	e.inside = s.i
	for first := true; ; first = false {
		if s.eat('}') && (first || !s.comma) {
			break
		}
		p, ok := s.property(first)
		if !ok {
			return nil, nil, malformed()
		}
		e.empty = false
		switch {
		case string(p.name) == "PartitionKey":
			e.hasPK, e.pk = p.text, p.valueText()
		case string(p.name) == "RowKey":
			e.hasRK, e.rk = p.text, p.valueText()
		case bytes.HasSuffix(p.name, typeSuffix):
			p.name = p.name[:len(p.name)-len(typeSuffix)]
			types = append(types, p)
		case string(p.name) == "Timestamp" || bytes.HasPrefix(p.name, odata) || bytes.Contains(p.name, atOData):
			// Timestamp is the service's to say, and the others are about the answer it came from.
		default:
			props = append(props, p)
		}
	}
	s.space()
	e.wide, e.lines = s.wide, s.lines
	if s.i != len(s.b) {
		return nil, nil, malformed()
	}
	return props, types, nil
}

// measure counts the size of the row. Source of the formula: Microsoft's "How the size of an entity is calculated in
// Windows Azure table storage": 4 bytes, the keys at 2 bytes a character, and for each property 8 bytes, its name at
// 2 bytes a character, and its value; a string is 2 bytes a character and 4, a binary its bytes and 4. A property
// that is null is not stored, so it does not count.
func (e *entity) measure(props, types []property) *Refusal {
	if bad := checkNames(props); bad != nil {
		return bad
	}
	own := 0
	for i := range props {
		p := &props[i]
		if !p.text && string(p.value) == "null" {
			continue
		}
		own++
		edm := typeOf(types, p.name, i)
		size := p.size(edm)
		if size > maxValue {
			return refuse(http.StatusBadRequest, "PropertyValueTooLarge",
				"The property value exceeds the maximum allowed size (64KB). "+
					"If the property value is a string, it is UTF-16 encoded and the maximum number of characters "+
					"should be 32K or less.")
		}
		if p.text && fixedSizes[string(edm)] == 0 {
			size += 4
		}
		e.size += 8 + 2*p.nameUnits + size
	}
	if own > maxProperties {
		return refuse(http.StatusBadRequest, "TooManyProperties", "The entity contains more properties than allowed. "+
			"Each entity can include up to %d properties to store data. Each entity also has 3 system properties.",
			maxProperties)
	}
	return nil
}

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
			return refuse(http.StatusBadRequest, "DuplicatePropertiesSpecified",
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

// typeOf finds the annotation of a property; near is where it most likely is.
func typeOf(types []property, name []byte, near int) []byte {
	if near < len(types) && bytes.Equal(types[near].name, name) {
		return types[near].value
	}
	for i := range types {
		if bytes.Equal(types[i].name, name) {
			return types[i].value
		}
	}
	return nil
}

// size is the value's size in bytes, without the 4 of a length.
func (p *property) size(edm []byte) int {
	if n := fixedSizes[string(edm)]; n > 0 {
		return n
	}
	switch {
	case p.text && string(edm) == "Edm.Binary":
		n := p.units
		for v := p.value; len(v) > 0 && v[len(v)-1] == '='; v = v[:len(v)-1] {
			n--
		}
		return n * 3 / 4
	case p.text:
		return 2 * p.units
	case string(p.value) == "true" || string(p.value) == "false":
		return 1
	case bytes.ContainsAny(p.value, ".eE"):
		return 8
	}
	return 4
}

// valueText is the text of a string value.
func (p *property) valueText() string { return unquote(p.value) }

// nameText is the property's name.
func (p *property) nameText() string { return unquote(p.name) }

// bytesWith is the size of the row with its keys.
func (e *entity) bytesWith(pk, rk string) int { return 4 + 2*(utf16Len(pk)+utf16Len(rk)) + e.size }

// checkSize holds a row against 1 MiB.
func checkSize(bytes int) *Refusal {
	if bytes > maxEntity {
		return refuse(http.StatusBadRequest, "EntityTooLarge",
			"The entity is larger than the maximum allowed size (1MB).")
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
