# A table is deleted in the middle of a bootstrap: its partition b needs no copy any more. Until the deletion has been
# applied the account is not live: a failover that discarded it would bring a back, and not b, and list neither.
> account east west 0s 0s 0s
> failover unplanned
  announced (unplanned: east to west)
  down (unplanned: 0 under way, 0 missing)
  promoted (unplanned: east to west)
  completed (unplanned)
  promote west
  wipe east
> write readings/a
  commit #1 readings/a stamped 100ns due -
> write readings/b
  commit #2 readings/b stamped 300ns due -
> reenable east
  reenabled (west to east)
> lag readings constant 30s
  lag (table readings: constant 30s)
> list readings readings/a readings/b
  listed (3 partitions)
> covered readings
  covered #2 readings
> covered readings/a
  covered #2 readings/a
> at 10s
> delete readings
  commit #3 readings stamped 10.0000001s due 40s
> status
  primary west, secondary east, bootstrap, steady, 1 missing, 0 under way
> failover unplanned
  error: unplanned failover from west: geo-replication is not live: deletions in the middle of its copy that are still to arrive: 1; wait until the state is live
> at 40s
> apply
  apply #3 readings stamped 10.0000001s due 40s
  live
> status
  primary west, secondary east, live, steady, 0 missing, 0 under way
> stats
  live, Last Sync Time 40s
