//go:build !planted

package planted

// Built says whether the program has the planted bugs in it.
const Built = false

// On is false: the program was built without the tag planted.
func On(Name) bool { return false }

// Switch panics: the program was built without the tag planted.
func Switch(n Name) (off func()) {
	panic("the bug " + string(n) + " cannot be switched on: build with -tags planted")
}
