// Package entity has the rows of tables: how one is written, within the service's bounds, and what one that was read
// says.
package entity

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
)

// Bounds of the service, which Azurite does not check.
const (
	MaxProperty = 64 << 10 // bytes of a binary property
	maxRow      = 1 << 20
)

// MaxValue is the most that one row takes of a value.
const MaxValue = 960 << 10

// Partition is a partition key and, where that was shortened, the name behind it, which then stands in each of its
// rows.
type Partition struct{ Key, Name string }

// PartitionOf is the partition of a name in parts.
func PartitionOf(parts ...string) Partition {
	p := Partition{Key: azkit.Key(parts...)}
	if azkit.Shortened(p.Key) {
		p.Name = azkit.Encode(parts...)
	}
	return p
}

// PropOf is the property that holds the name of a partition whose key was shortened.
const PropOf = "of"

// propSize is the property that holds the size of a value.
const propSize = "size"

// Entity is a row that was read.
type Entity struct {
	PK, RK string
	ETag   azcore.ETag
	At     time.Time // Timestamp
	props  map[string]json.RawMessage
}

// Decode reads the JSON of one row.
func Decode(text []byte) (Entity, error) {
	var props map[string]json.RawMessage
	if err := json.Unmarshal(text, &props); err != nil {
		return Entity{}, fault.Wrap(fault.Corrupt, "aztable.row", err)
	}
	return entityOf(props)
}

// DecodeAll reads the JSON of the answer to a query.
func DecodeAll(text []byte) ([]Entity, error) {
	var answer struct {
		Value []map[string]json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fault.Wrap(fault.Corrupt, "aztable.rows", err)
	}
	all := make([]Entity, 0, len(answer.Value))
	for _, props := range answer.Value {
		e, err := entityOf(props)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func entityOf(props map[string]json.RawMessage) (Entity, error) {
	e := Entity{props: props}
	e.PK, e.RK = e.Str("PartitionKey"), e.Str("RowKey")
	e.ETag = azcore.ETag(e.Str("odata.etag"))
	at, err := time.Parse(time.RFC3339Nano, e.Str("Timestamp"))
	if err != nil {
		return e, fault.Wrap(fault.Corrupt, "aztable.row", fmt.Errorf("row %s: %w", e.RK, err))
	}
	e.At = at.UTC()
	return e, nil
}

// Belongs checks that the row is of the Partition that was asked for.
func (e Entity) Belongs(op string, p Partition) error {
	if e.PK != p.Key || (p.Name != "" && e.Str(PropOf) != p.Name) {
		return Corrupt(op, "row %s of Partition %s is of another", e.RK, p.Key)
	}
	return nil
}

// Str is a text, "" if the property is not there.
func (e Entity) Str(name string) string {
	var s string
	_ = json.Unmarshal(e.props[name], &s)
	return s
}

// Flag is a truth, false if the property is not there.
func (e Entity) Flag(name string) bool {
	return string(e.props[name]) == "true"
}

// Int is a number, zero if the property is not there.
func (e Entity) Int(op, name string) (int64, error) {
	if text := e.props[name]; text == nil || string(text) == "null" { // the service says null of what was selected
		return 0, nil
	}
	v, err := strconv.ParseInt(e.Str(name), 10, 64)
	if err != nil {
		return 0, Corrupt(op, "property %s of row %s is no number", name, e.RK)
	}
	return v, nil
}

// Bytes is a binary, which has to be there.
func (e Entity) Bytes(op, name string) ([]byte, error) {
	var b []byte
	if err := json.Unmarshal(e.props[name], &b); err != nil {
		return nil, Corrupt(op, "property %s of row %s: %v", name, e.RK, err)
	}
	return b, nil
}

// appendBinary decodes a JSON string of base64. It is there for speed: nothing but an escaped slash would need the
// JSON decoder.
func appendBinary(to []byte, text json.RawMessage) ([]byte, error) {
	if len(text) < 2 || text[0] != '"' || bytes.IndexByte(text, '\\') >= 0 {
		var part []byte
		err := json.Unmarshal(text, &part)
		return append(to, part...), err
	}
	return base64.StdEncoding.AppendDecode(to, text[1:len(text)-1])
}

// value joins what Writer.value wrote.
func (e Entity) Value(op string) ([]byte, error) {
	size, err := e.Int(op, propSize)
	if err != nil || size < 0 || size > MaxValue {
		return nil, Corrupt(op, "row %s has no good size", e.RK)
	}
	value := make([]byte, 0, size)
	for i := 0; i*MaxProperty < int(size); i++ {
		if value, err = appendBinary(value, e.props[dataName(i)]); err != nil {
			return nil, Corrupt(op, "property %s of row %s: %w", dataName(i), e.RK, err)
		}
	}
	if len(value) != int(size) {
		return nil, Corrupt(op, "row %s holds %d bytes and says %d", e.RK, len(value), size)
	}
	return value, nil
}

// Corrupt is the error of a row that cannot be one of ours.
func Corrupt(op, format string, args ...any) error {
	return fault.Wrap(fault.Corrupt, op, fmt.Errorf(format, args...))
}

func dataName(i int) string { return "d" + string([]byte{'0' + byte(i/10), '0' + byte(i%10)}) }
