package console

import "fmt"

// Counted is "1 reading" or "26,277 readings".
func Counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return Thousands(n) + " " + what
}

// Were is "1 reading was" or "2 readings were".
func Were(n int, what string) string {
	if n == 1 {
		return Counted(n, what) + " was"
	}
	return Counted(n, what) + " were"
}

// Thousands writes 26277 as 26,277.
func Thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
