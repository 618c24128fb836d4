package topology

import "regexp"

// packages are the names of ours at the beginning of an error's text, or behind what an error says of its cause.
var packages = regexp.MustCompile(`(^|: )(?:network|inject|georep|gateway|edge): `)

// Plain is an error for people: its text without the names of our packages, which tell nothing to whoever wrote a
// topology or gave an order.
func Plain(err error) string { return packages.ReplaceAllString(err.Error(), "$1") }
