package topology

import _ "embed"

//go:embed example.yaml
var example string

// Example is a topology file that says what Default does, with every other field in comments: a line that begins with
// #~ is one to switch on.
func Example() string { return example }
