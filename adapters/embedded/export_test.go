package embedded

// NoSync is options of a store that leaves its file to the kernel: for tests that are about answers, not about crashes.
func NoSync() Options { return Options{noSync: true} }
