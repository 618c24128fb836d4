package csvreadings

import (
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
)

// composed is the source of a record that several columns name together: the first begins the name, and the others
// that are not empty stay part of it, as telemetry.Naming writes them. The names are remembered by the text of the
// cells.
func (d *Decoder) composed() (*decode.Source, string) {
	l := d.layout
	key := d.joined[:0]
	for _, i := range l.sources {
		key = append(append(key, d.cells[i]...), 0)
	}
	d.joined = key
	if s, ok := d.names[string(key)]; ok {
		return s, ""
	}
	var set []telemetry.Label
	for _, i := range l.sources {
		if cell := d.cells[i]; len(cell) > 0 {
			set = append(set, telemetry.Label{Name: l.columns[i].name, Value: string(cell)})
		}
	}
	naming := telemetry.Naming{By: []string{l.columns[l.sources[0]].name}}
	s, err := d.dict.Source([]byte(naming.Source(set, "")))
	if err != nil {
		return nil, err.Error()
	}
	if d.names == nil {
		d.names = make(map[string]*decode.Source)
	}
	d.names[string(key)] = s
	return s, ""
}
