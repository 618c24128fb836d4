// Package aztable keeps the journal, the rows of the geo-redundant account and the account's tidemark in Azure Table
// Storage.
//
// Open makes one client for one storage account; Journal, Directory, Rows and Account are its faces. A journal and
// the rows may lie in one storage account: their tables have different names. No constructor does I/O. A foreground
// client tries once and waits at most Config.TryTimeout; whoever can wait retries, for every method is idempotent or
// a compare-and-swap. Every request is the SDK's; what becomes of the bodies of batches and rows is in
// internal/detour, what they say in internal/entity.
//
// Tables of a journal: "Journal", which has the identity, and, with names that begin as the identity says, "<names>S"
// (registry of shards, what was expired) and "<names><year><month>" for each month of the streams' days. The names
// follow from the generation: who knows another one finds none of its tables. A journal of before generations had a
// part in names has its registry in "Journal", and "J<year><month>". Tables of the account: "Catalogue", "State",
// "Tasks", and "C<year>" for the chunks of each year window, the index in eight hexadecimal digits, moved up by 2^31
// so that it is never negative.
package aztable

// Journal is the streams of this storage account.
func (c *Client) Journal() *Journal { return &Journal{client: c} }

// Rows is the chunks and other rows of this storage account.
func (c *Client) Rows() *Rows { return &Rows{client: c} }

// Account tells the account's tidemark.
func (c *Client) Account() *Account { return &Account{client: c} }
