//go:build race

package compose

// underRace: the race detector keeps some bytes for each byte that the program uses, so what a process takes says
// nothing of the program.
const underRace = true
