// Package ledger knows what Azurites in two regions have of the queues of one account, asks them for it, and repeats in
// one what was done in the other.
package ledger
