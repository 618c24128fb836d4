# The primary's region is lost with writes that the secondary lacks; the account fails over to what there is, becomes locally redundant, is
# made geo-redundant again, and fails back.
> account east west 1s 5s 2s
> lag readings/slow constant 1m
  lag (table readings "slow": constant 1m)
> write readings
  commit #1 readings stamped 0s due 0s
> write readings/fast
  commit #2 readings/fast stamped 200ns due 0s
> write readings/slow
  commit #3 readings/slow stamped 400ns due 1m
> apply
  apply #1 readings stamped 0s due 0s
  apply #2 readings/fast stamped 200ns due 0s
> at 10s
> write readings/fast
  commit #4 readings/fast stamped 10s due 10s
> write readings/slow
  commit #5 readings/slow stamped 10.0000002s due 1m10s
> take
  under way #4 readings/fast stamped 10s due 10s
> arrive late
> failover planned
  announced (planned: east to west)
> at 11s
> reach secondary
  reachable (primary false, secondary true, link false)
> failover planned
  error: planned failover from east: a failover is under way: a planned one is in phase announced; order again when the phase is steady
  down (planned: 1 under way, 3 missing)
> failover unplanned
  announced (unplanned in place of planned: east to west)
> failover unplanned
  error: unplanned failover from east: a failover is under way: an unplanned one is in phase down; order again when the phase is steady
> stats
  live, Last Sync Time 0s

# Both endpoints are down until what is under way has ended: one write, and one application.
> at 12s
> step
> write readings/fast
  error: an unplanned failover to west: a failover keeps both endpoints down: send the write again later
> at 20s
> wake
  - false
> step
> commit late readings/fast
  commit #6 readings/fast stamped 20s due 20s
> step
> wake
  - false
> applied #4
  apply #4 readings/fast stamped 10s due 10s
> wake
  20s true
> step
  promoted (unplanned: east to west)
  discarded #3 readings/slow stamped 400ns due 1m
  discarded #5 readings/slow stamped 10.0000002s due 1m10s
  discarded #6 readings/fast stamped 20s due 20s
  promote west
  wipe east
  lost #3 readings/slow stamped 400ns due 1m
  lost #5 readings/slow stamped 10.0000002s due 1m10s
  lost #6 readings/fast stamped 20s due 20s
> write readings/fast
  commit #7 readings/fast stamped 20.0000001s due -
> status
  primary west, secondary , none, completing, 0 missing, 0 under way
> stats
  none, Last Sync Time -

> at 25s
> step
  completed (unplanned)
> failover unplanned
  error: unplanned failover from west: the account has no secondary: there is no other copy of what west holds; make the account geo-redundant again first, and wait until the state is live
> reenable west
  error: re-enable geo-redundancy of the account in west: secondary "west": name a region other than the primary
> reenable east
  reenabled (west to east)
> reach primary secondary link
  reachable (primary true, secondary true, link true)
> stats
  bootstrap, Last Sync Time -
> write readings/fast
  commit #8 readings/fast stamped 25.0000001s due 25s
> write readings/new
  commit #9 readings/new stamped 25.0000003s due 25s
> apply
> list readings readings/fast
  listed (2 partitions)
> covered readings
  covered #9 readings
> apply
  apply #9 readings/new stamped 25.0000003s due 25s
> failover planned
  error: planned failover from west: geo-replication is not live: partitions that wait for their copy, and would be lost: 1; wait until the state is live
> covered readings/fast
  covered #9 readings/fast
  live
> stats
  live, Last Sync Time 25s
> apply
> stats
  live, Last Sync Time 25s

# Back to where it began.
> at 30s
> failover planned
  announced (planned: west to east)
> at 31s
> step
  down (planned: 0 under way, 0 missing)
> at 36s
> step
  promoted (planned: west to east)
  promote east
> status
  primary east, secondary west, live, completing, 0 missing, 0 under way
