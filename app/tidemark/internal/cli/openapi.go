package cli

import (
	"tidemark/adapters/httpapi"
	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/control"
)

// openAPICommand prints the document of the API.
type openAPICommand struct {
	JSON      bool `name:"json" help:"As JSON instead of YAML."`
	Simulator bool `help:"Of the simulator's control API instead."`
}

// Run is tidemark openapi.
func (c *openAPICommand) Run(e *console.Environment) error {
	asJSON, asYAML, err := httpapi.Document(httpapi.Config{Version: e.Version})
	if c.Simulator {
		asJSON, asYAML, err = control.Document()
	}
	if err != nil {
		return err
	}
	text := asYAML
	if c.JSON {
		text = append(asJSON, '\n')
	}
	_, err = e.Stdout.Write(text)
	return err
}

// versionCommand prints the version.
type versionCommand struct{}

// Run is tidemark version.
func (*versionCommand) Run(e *console.Environment) error {
	_, err := e.Stdout.Write([]byte("tidemark " + e.Version + "\n"))
	return err
}
