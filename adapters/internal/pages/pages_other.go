//go:build !linux

package pages

// Take gives a block of n zero bytes, n > 0.
func Take(n int) (Block, error) { return Block{Bytes: make([]byte, n)}, nil }

// Give gives a block back.
func (Block) Give() {}
