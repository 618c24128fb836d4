// Package bench measures the program's hot paths through real parts: decode, group commit, storage. It holds
// benchmarks only; their figures, with the machine and the distribution, are in docs/performance.md.
package bench
