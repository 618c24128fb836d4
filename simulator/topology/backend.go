package topology

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// The ways in which a region's storage or cache runs.
const (
	modeProcess   = "process"
	modeContainer = "container"
	modeAttach    = "attach"
	modeNone      = "none"
)

// Backend is how a region's Azurite runs. In YAML it is the word process or container, or the addresses of one that
// runs already.
type Backend struct {
	Mode         string // process, container or attach
	Table, Queue string // of attach: addresses without account, as http://127.0.0.1:10002
}

// MarshalYAML is the form that a person writes.
func (b Backend) MarshalYAML() (any, error) {
	if b.Mode == modeAttach {
		return map[string]string{"table": b.Table, "queue": b.Queue}, nil
	}
	return b.Mode, nil
}

// IsZero leaves it out of what is written.
func (b Backend) IsZero() bool { return b == Backend{} }

const backendForms = "write process, container, or {table: http://HOST:PORT, queue: http://HOST:PORT} for one that " +
	"runs already"

// UnmarshalYAML reads it.
func (b *Backend) UnmarshalYAML(n ast.Node) error {
	wrong := func(at ast.Node, format string, args ...any) error {
		return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...) + ": " + backendForms, Token: at.GetToken()}
	}
	switch n := n.(type) {
	case *ast.StringNode:
		b.Mode = n.Value
		if n.Value != modeProcess && n.Value != modeContainer {
			return wrong(n, "azurite is %q", n.Value)
		}
		return nil
	case ast.MapNode:
		b.Mode = modeAttach
		for entries := n.MapRange(); entries.Next(); {
			key, value := entries.Key().String(), entries.Value()
			text, ok := value.(*ast.StringNode)
			switch {
			case !ok:
				return wrong(value, "azurite.%s is not an address", key)
			case key == "table":
				b.Table = text.Value
			case key == "queue":
				b.Queue = text.Value
			default:
				return wrong(value, "azurite has no field %q", key)
			}
		}
		return nil
	}
	return wrong(n, "azurite is neither a word nor addresses")
}
