// Package account drives the replication of one geo-redundant storage account: georep says what is to be done, a Store
// does it, ports/sched gives time and concurrency. The gateways run it in real time over two Azurites, experiments in
// virtual time over memory (simulator/twin); accounttest is its proof on both.
//
// # The life of a replicated write
//
// The names of the states are of this table alone, no type has them; path has states of its own for the way to the
// account, some under the same names.
//
//	state       what holds                                              who moves it on
//	arrived     it has a ticket; the Last Sync Time waits for it        Write, when its partition is free
//	held        no other write of its partition goes on                 Write: Send, stamped by the primary's clock
//	sent        the primary's storage has it, or will, or never got it  the storage's answer
//	unanswered  the caller was told so; nobody knows what became of it  Resolve, asked until the storage says
//	refused     nothing happened; the ticket is abandoned               (ended)
//	committed   the primary has it; it is in georep's log, with a lag   the driver, when its lag has passed and all
//	                                                                    before it in its partition was applied
//	applying    Apply repeats it on the secondary's storage             the storage's answer
//	looked up   Apply had no answer: Holds says whether it is there     back to committed, or on to applied
//	applied     both regions have it, with the same stamp               (ended)
//	copied      a copy of the primary has it, or its table was deleted  (ended)
//	            since: it left the log without being repeated
//	discarded   an unplanned failover came first: it is in the Loss     (ended)
//
// A failover waits until no write is sent or unanswered and none is applying or looked up: so its Loss is exact. What a
// primary that is about to lose its data has not answered after a second is given up; whoever sent it has no
// acknowledgement, and no Loss lists it. Nor does one list what a primary lost that came back without its data: a Loss
// is what georep's log had when an unplanned failover changed the roles. Writes that arrive while the endpoints are
// down are refused.
//
// A secondary is made (Reenable, or a storage that came back without its data) in four steps: the region is cleaned
// (Wipe), the primary's partitions are listed while georep's log has begun already, each partition of a table is copied
// while writes to it go on, and then once more while it is held, a queue once, held; georep then drops from its log
// what the copy has.
//
// Each region's storage has its clock. Stamps and Last Sync Times are by the primary's: a failover to a region whose
// clock is behind takes both back. Durations, and the times of events and losses, are by the scheduler's.
//
// Each service fails by itself: Reach says for tables and for queues what answers.
package account
