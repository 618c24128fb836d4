package topology

import (
	"slices"
	"strings"
)

// UnknownError is a name that the topology does not have.
type UnknownError struct {
	What, Name string
	Known      []string
}

func (e *UnknownError) Error() string {
	if len(e.Known) == 0 {
		return "there is no " + e.What + " \"" + e.Name + "\": this topology has none"
	}
	return "there is no " + e.What + " \"" + e.Name + "\": there is " + strings.Join(e.Known, ", ")
}

// region finds a region; the error names those that there are.
func (c Config) region(name string) (Region, error) {
	i := slices.IndexFunc(c.Regions, func(r Region) bool { return r.Name == name })
	if i < 0 {
		return Region{}, c.noRegion(name)
	}
	return c.Regions[i], nil
}

func (c Config) noRegion(name string) error {
	return &UnknownError{What: "region", Name: name, Known: c.regionNames()}
}

// origin finds an origin of the edge; the error names those that there are.
func (c Config) origin(name string) (Origin, error) {
	unknown := &UnknownError{What: "origin", Name: name}
	if c.Edge != nil {
		i := slices.IndexFunc(c.Edge.Origins, func(o Origin) bool { return o.Name == name })
		if i >= 0 {
			return c.Edge.Origins[i], nil
		}
		for _, o := range c.Edge.Origins {
			unknown.Known = append(unknown.Known, o.Name)
		}
	}
	return Origin{}, unknown
}
