// Package rig runs experiments on real time, with the built program: it starts processes and what they need, hurts
// them, and stops everything that it started.
//
// A Rig owns its children. A Process is one of them: it is killed, frozen, thawed or stopped, and what it said is in
// files. A Site is a storage account on Azurite with nodes over it, and a Proxy in front of its tables: it counts
// calls, notices what is under way, holds a call back (Snare), and delivers it after its sender has died, or never.
//
// The rig knows the program from outside only: its command line, its environment variables, its health.
package rig
