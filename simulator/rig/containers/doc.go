// Package containers runs two regions in containers: the built program, Azurites, Redises and the simulator, on
// networks that can be cut.
//
// It is apart from rig, so that what uses processes alone does not link a Docker client. Every container, network and
// image carries a label that names the process which made it. A reaper, which is the same executable started again,
// takes them away when that process ends, however it ends: main calls ReapIfAsked first.
package containers
