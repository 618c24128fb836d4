// Package planted names bugs that are planted into the use cases, to see whether schedules, checkers and tests find
// them (docs/planted.md). A site asks On(name). Without the build tag planted that is constant false: it is inlined,
// and the plant is not in the program. With the tag Switch switches one bug on at a time.
//
// simulator/planted says which rule each one breaks and which test guards it, and searches for schedules that find it.
package planted
