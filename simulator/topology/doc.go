// Package topology puts the simulated cloud together: regions with an Azurite and a Redis each, the ground between
// them, storage accounts over them, the faults, and an edge in front of what the caller runs there. A person writes
// it down in YAML; Start makes it run.
//
// Every caller has a vantage: a region, or outside. Each vantage has listeners of its own for the table and the queue
// service of all accounts, and proxies to what runs in the regions, so the address that a program is given says where
// it stands: distances, one-way partitions and the outage of its own region are real to it.
package topology
