package network

// Proxy is a TCP listener in front of a server, with the path between two places in it: refused, hanging, torn down or slow connections.
type Proxy struct{ _ int }

// Proxy is not built yet.
func (n *Network) Proxy(addr string, from, to Place, p Part, target string) (*Proxy, error) {
	panic("skeleton")
}
