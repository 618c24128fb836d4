package pages

import (
	"syscall"
	"unsafe"
)

// hugePages is MADV_HUGEPAGE.
const hugePages = 14

// Take gives a block of n zero bytes, n > 0. None of it takes memory before it is written to.
func Take(n int) (Block, error) {
	const prot = syscall.PROT_READ | syscall.PROT_WRITE
	const flags = syscall.MAP_ANON | syscall.MAP_PRIVATE | syscall.MAP_NORESERVE
	all, err := syscall.Mmap(-1, 0, n+Step, prot, flags)
	if err != nil {
		return Block{}, err
	}
	begin := int(-uintptr(unsafe.Pointer(&all[0])) & (Step - 1)) // where a huge page may lie
	b := Block{all[begin : begin+n : begin+n], all}
	_ = syscall.Madvise(b.Bytes, hugePages) // a kernel without them does not know it
	return b, nil
}

// Give gives a block back. Giving back none is harmless.
func (b Block) Give() {
	if b.all == nil {
		return
	}
	if err := syscall.Munmap(b.all); err != nil {
		panic("pages: " + err.Error()) // it was given back before
	}
}
