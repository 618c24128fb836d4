package pages

import "syscall"

// noHuge is MADV_NOHUGEPAGE: with huge pages, a byte written would count as two megabytes.
const noHuge = 15

// Take gives a buffer of n zero bytes, n > 0. None of it takes memory before it is written to.
func Take(n int) ([]byte, error) {
	const prot = syscall.PROT_READ | syscall.PROT_WRITE
	const flags = syscall.MAP_ANON | syscall.MAP_PRIVATE | syscall.MAP_NORESERVE
	b, err := syscall.Mmap(-1, 0, n, prot, flags)
	if err != nil {
		return nil, err
	}
	_ = syscall.Madvise(b, noHuge) // a kernel without huge pages does not know it
	return b, nil
}

// Give gives back what Take gave, as it was given.
func Give(b []byte) {
	if err := syscall.Munmap(b); err != nil {
		panic("pages: " + err.Error()) // it was not taken here
	}
}
