//go:build !race

package compose

// underRace is whether the race detector's memory counts into a process's.
const underRace = false
