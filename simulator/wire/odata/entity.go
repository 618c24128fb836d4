package odata

import (
	"bytes"
	"net/http"
	"time"
)

// Limits of an entity. "Understanding the Table service data model" (Property limitations) and
// "Scalability and performance targets for Table storage".
const (
	maxEntity     = 1 << 20  // bytes, all of a row
	maxProperties = 252      // own ones: 255 with PartitionKey, RowKey and Timestamp
	maxValue      = 64 << 10 // bytes of a string (UTF-16) or a binary
)

// Entity is the body of a write, looked over without decoding it.
type Entity struct {
	Body         []byte // nil without one, otherwise a JSON object
	Empty        bool   // {}
	HasPK, HasRK bool
	PK, RK       string
	Wide         bool // it has bytes beyond ASCII
	Lines        bool // it has line breaks (between its properties)
	inside       int  // where its first property is
	size         int  // as the service counts it, without the keys
}

// fixedSizes are the types with a fixed size in a row.
var fixedSizes = map[string]int{"Edm.Int32": 4, "Edm.Int64": 8, "Edm.Double": 8, "Edm.DateTime": 8, "Edm.Guid": 16,
	"Edm.Boolean": 1}

var typeSuffix, odata, atOData = []byte("@odata.type"), []byte("odata."), []byte("@odata.")

// Scan looks over a body and holds it against the limits of names, values and their number.
func Scan(body []byte) (Entity, *Refusal) {
	e := Entity{Body: body, Empty: true}
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
func (e *Entity) split(props []property) (_, types []property, _ *Refusal) {
	s := scanner{b: e.Body}
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
		e.Empty = false
		switch {
		case string(p.name) == "PartitionKey":
			e.HasPK, e.PK = p.text, p.valueText()
		case string(p.name) == "RowKey":
			e.HasRK, e.RK = p.text, p.valueText()
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
	e.Wide, e.Lines = s.wide, s.lines
	if s.i != len(s.b) {
		return nil, nil, malformed()
	}
	return props, types, nil
}

// measure counts the size of the row. Source of the formula: Microsoft's "How the size of an entity is calculated in
// Windows Azure table storage": 4 bytes, the keys at 2 bytes a character, and for each property 8 bytes, its name at
// 2 bytes a character, and its value; a string is 2 bytes a character and 4, a binary its bytes and 4. A property
// that is null is not stored, so it does not count.
func (e *Entity) measure(props, types []property) *Refusal {
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
			return Refuse(http.StatusBadRequest, "PropertyValueTooLarge",
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
		return Refuse(http.StatusBadRequest, "TooManyProperties", "The entity contains more properties than allowed. "+
			"Each entity can include up to %d properties to store data. Each entity also has 3 system properties.",
			maxProperties)
	}
	return nil
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

// Bytes is the size of the row with its keys.
func (e *Entity) Bytes(pk, rk string) int { return 4 + 2*(utf16Len(pk)+utf16Len(rk)) + e.size }

// CheckSize holds a row against 1 MiB.
func CheckSize(bytes int) *Refusal {
	if bytes > maxEntity {
		return Refuse(http.StatusBadRequest, "EntityTooLarge",
			"The entity is larger than the maximum allowed size (1MB).")
	}
	return nil
}

// Known is a body that was looked over before: its keys and its size are not taken out again.
func Known(body []byte) Entity {
	if body == nil {
		return Entity{}
	}
	e := Entity{Body: body, inside: 1,
		Wide:  bytes.Contains(body, []byte("\u2028"[:2])),
		Lines: bytes.ContainsAny(body, "\n\r")}
	e.HasPK, e.HasRK = bytes.Contains(body, []byte(`"PartitionKey":`)), bytes.Contains(body, []byte(`"RowKey":`))
	return e
}

// Stamped is the body with the carrier as its first property.
func (e *Entity) Stamped(stamp time.Time) []byte {
	if e.Body == nil || stamp.IsZero() {
		return e.Body
	}
	b := AppendCarrier(append(make([]byte, 0, len(e.Body)+CarrierSize), '{'), stamp)
	if !e.Empty {
		b = append(b, ',')
	}
	return append(b, e.Rest()...)
}

// Rest is the body behind its opening brace.
func (e *Entity) Rest() []byte {
	if e.Body == nil {
		return []byte("}")
	}
	return e.Body[e.inside:]
}
