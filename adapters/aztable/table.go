package aztable

import "tidemark/adapters/aztable/internal/tables"

// table is a table of a client's account.
type table struct {
	tables.Table
	client *Client
}

func (c *Client) table(name string) table { return table{c.tables.Table(name), c} }
