// Package planted searches for the bugs that are planted into the program (domain/planted) and into the simulator
// itself: schedules of simulator/world, one mix for all, judged by simulator/check, have to find them, and the same
// seeds without a bug have to raise no alarm. So checkers earn belief.
//
// A search goes in rounds: in each, every bug that was not found gets the next seed of each range. Ranges are
// disjoint, so that how many seeds a bug needs is the median of several tries. What was tried stands in a file of
// results, a line for each schedule; a search that was stopped goes on behind it, as long as the code is the same.
// docs/planted.md is made of that file.
//
// Use cases are planted only with the build tag planted:
//
//	go test -tags planted ./simulator/planted -run TestSearch -search -budget 10m -rewrite
//	go test ./simulator/planted -run TestPage -rewrite
package planted
