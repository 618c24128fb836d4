// Package georep is asynchronous geo-replication of a storage account, as values: the log of what the primary
// committed, the lag of each write, the order that partitions keep, the Last Sync Time, and account failover. It does
// no I/O, has no clock and starts nothing.
//
// A write goes Arrive, Stamp, Commit (or Abandon). The driver takes what is due with Next, repeats it on the
// secondary and says Applied or Failed; Wake says when to ask again. Failover orders a failover, Step carries it on.
// After an unplanned one the account has no secondary until BeginBootstrap; List says what has to be copied, Covered
// that a partition was. Resync begins the copy anew where a store lost what it had.
//
// What Azure documents and where: order within a partition and none across, entity group transactions whole, and the
// states of the service statistics are "Windows Azure Storage Redundancy Options and Read Access Geo Redundant
// Storage" (2013); the Last Sync Time is "Check the Last Sync Time property" and Get Table Service Stats; the rules
// of failover are "Azure storage disaster recovery planning and failover" and the two pages "How customer-managed
// planned (unplanned) failover works". What no page says (how long a phase lasts, what an order meets that comes in
// the middle of another) is decided here, and the method says so.
//
// Calling a method against its contract (a ticket twice, Applied of what Next did not give) is a mistake of the
// driver's and panics; an operator's order that cannot be carried out is an error that says what to do.
package georep
