package aztable

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
	maxProperty = 64 << 10 // bytes of a binary property
	maxValue    = 960 << 10
	maxRow      = 1 << 20
)

// partition is a partition key and, where that was shortened, the name behind it, which then stands in each of its
// rows.
type partition struct{ key, name string }

func partitionOf(parts ...string) partition {
	p := partition{key: azkit.Key(parts...)}
	if azkit.Shortened(p.key) {
		p.name = azkit.Encode(parts...)
	}
	return p
}

// propOf is the property that holds the partition's name, propRow the one with the name of a row whose key was
// shortened.
const (
	propOf   = "of"
	propRow  = "row"
	propSize = "size"
)

// entity is a row that was read.
type entity struct {
	pk, rk string
	etag   azcore.ETag
	at     time.Time // Timestamp
	props  map[string]json.RawMessage
}

// decode reads the JSON of one row.
func decode(text []byte) (entity, error) {
	var props map[string]json.RawMessage
	if err := json.Unmarshal(text, &props); err != nil {
		return entity{}, fault.Wrap(fault.Corrupt, "aztable.row", err)
	}
	return entityOf(props)
}

// decodeAll reads the JSON of the answer to a query.
func decodeAll(text []byte) ([]entity, error) {
	var answer struct {
		Value []map[string]json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fault.Wrap(fault.Corrupt, "aztable.rows", err)
	}
	all := make([]entity, 0, len(answer.Value))
	for _, props := range answer.Value {
		e, err := entityOf(props)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func entityOf(props map[string]json.RawMessage) (entity, error) {
	e := entity{props: props}
	e.pk, e.rk = e.str("PartitionKey"), e.str("RowKey")
	e.etag = azcore.ETag(e.str("odata.etag"))
	at, err := time.Parse(time.RFC3339Nano, e.str("Timestamp"))
	if err != nil {
		return e, fault.Wrap(fault.Corrupt, "aztable.row", fmt.Errorf("row %s: %w", e.rk, err))
	}
	e.at = at.UTC()
	return e, nil
}

// belongs checks that the row is of the partition that was asked for.
func (e entity) belongs(op string, p partition) error {
	if e.pk != p.key || (p.name != "" && e.str(propOf) != p.name) {
		return corrupt(op, "row %s of partition %s is of another", e.rk, p.key)
	}
	return nil
}

// str, flag and int give zero for a property that is not there.
func (e entity) str(name string) string {
	var s string
	_ = json.Unmarshal(e.props[name], &s)
	return s
}

func (e entity) flag(name string) bool {
	return string(e.props[name]) == "true"
}

func (e entity) int(op, name string) (int64, error) {
	if e.props[name] == nil {
		return 0, nil
	}
	v, err := strconv.ParseInt(e.str(name), 10, 64)
	if err != nil {
		return 0, corrupt(op, "property %s of row %s is no number", name, e.rk)
	}
	return v, nil
}

func (e entity) bytes(op, name string) ([]byte, error) {
	var b []byte
	if err := json.Unmarshal(e.props[name], &b); err != nil {
		return nil, corrupt(op, "property %s of row %s: %v", name, e.rk, err)
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

// value joins what rowWriter.value wrote.
func (e entity) value(op string) ([]byte, error) {
	size, err := e.int(op, propSize)
	if err != nil || size < 0 || size > maxValue {
		return nil, corrupt(op, "row %s has no good size", e.rk)
	}
	value := make([]byte, 0, size)
	for i := 0; i*maxProperty < int(size); i++ {
		if value, err = appendBinary(value, e.props[dataName(i)]); err != nil {
			return nil, corrupt(op, "property %s of row %s: %w", dataName(i), e.rk, err)
		}
	}
	if len(value) != int(size) {
		return nil, corrupt(op, "row %s holds %d bytes and says %d", e.rk, len(value), size)
	}
	return value, nil
}

func corrupt(op, format string, args ...any) error {
	return fault.Wrap(fault.Corrupt, op, fmt.Errorf(format, args...))
}

func dataName(i int) string { return "d" + string([]byte{'0' + byte(i/10), '0' + byte(i%10)}) }
