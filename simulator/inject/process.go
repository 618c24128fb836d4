package inject

import (
	"errors"
	"slices"

	"tidemark/simulator/inject/internal/words"
)

// Order is what happens to a process.
type Order string

// Kill ends a process at once, as SIGKILL does; when the fault ends it is started again. Freeze stops it, as SIGSTOP
// does, and lets it go on when the fault ends. Restart kills it and starts it again at once.
const (
	Kill    Order = "kill"
	Freeze  Order = "freeze"
	Restart Order = "restart"
)

var orders = []Order{Kill, Freeze, Restart}

// Process is something that happens to a process: a node of the program, or a region's storage or cache, as
// east/node-1, east/azurite and east/redis.
type Process struct {
	Name  string
	Order Order
}

// DiskState is what is wrong with a disk.
type DiskState string

// Full takes no more writes. Wiped has lost what was on it, at a moment.
const (
	Full  DiskState = "full"
	Wiped DiskState = "wiped"
)

var diskStates = []DiskState{Full, Wiped}

// Disk is something that happens to the disk of a process.
type Disk struct {
	Of    string // the process
	State DiskState
}

// String is as in "process east/node-1 freeze".
func (f Process) String() string { return f.Thing() }

// String is as in "disk east/node-1 full".
func (f Disk) String() string { return f.Thing() }

// Thing is the process and the order: one may be frozen and killed at once.
func (f Process) Thing() string { return named(processKind, f.Name, string(f.Order)) }

// Thing is the disk and its state.
func (f Disk) Thing() string { return named(diskKind, f.Of, string(f.State)) }

// Lasts is false of a restart.
func (f Process) Lasts() bool { return f.Order != Restart }

// Lasts is true of a full disk.
func (f Disk) Lasts() bool { return f.State == Full }

// Validate looks at the order.
func (f Process) Validate() error {
	switch {
	case f.Name == "":
		return invalid(f, errors.New("the name of the process is missing"))
	case !slices.Contains(orders, f.Order):
		return invalid(f, words.Unknown("fault of a process", string(f.Order), orders))
	}
	return nil
}

// Validate looks at the state.
func (f Disk) Validate() error {
	switch {
	case f.Of == "":
		return invalid(f, errors.New("the name of the disk's process is missing"))
	case !slices.Contains(diskStates, f.State):
		return invalid(f, words.Unknown("fault of a disk", string(f.State), diskStates))
	}
	return nil
}

// readProcess reads "process NAME ORDER".
func readProcess(p *phrase) (Fault, error) {
	return Process{Name: p.name, Order: Order(p.verb)}, p.only()
}

// readDisk reads "disk PROCESS STATE".
func readDisk(p *phrase) (Fault, error) { return Disk{Of: p.name, State: DiskState(p.verb)}, p.only() }
