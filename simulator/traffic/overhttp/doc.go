// Package overhttp is traffic.Service by the service's documented API, and the time of this machine for its clients. It
// knows the program by that API alone.
//
// What a node refuses by a status from 400 on but below 500 was certainly not done. What it answers with any other but
// 200, or with a time-out (408), or not at all, nobody knows. A write of which a node stores only some readings is
// done: the answer names the others.
package overhttp
