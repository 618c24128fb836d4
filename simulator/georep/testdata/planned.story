# A planned failover loses nothing: it waits for the last entries, with both endpoints down, as long as their lag.
> account east west 0s 5s 5s
> lag readings constant 30s
  lag (table readings: constant 30s)
> write readings/a
  commit #1 readings/a stamped 0s due 30s
> pause readings/a
  paused (table readings "a")
> failover planned
  error: planned failover from east: replication is paused: resume table readings "a" first, or order an unplanned one, which loses what west lacks
> resume readings/a
  resumed (table readings "a")
> reach primary secondary
  reachable (primary true, secondary true, link false)
> failover planned
  error: planned failover from east: the regions do not reach one another: heal the path between east and west first, or order an unplanned one, which loses what west lacks
> reach primary secondary link
  reachable (primary true, secondary true, link true)
> failover planned
  announced (planned: east to west)
  down (planned: 0 under way, 1 missing)
> write readings/a
  error: a planned failover to west: a failover keeps both endpoints down: send the write again later
> at 5s
> step
> wake
  30s true
> at 10s

# The link goes in the middle of it: it waits, and an unplanned one could take its place.
> reach primary secondary
  reachable (primary true, secondary true, link false)
> wake
  - false
> at 30s
> apply
> reach primary secondary link
  reachable (primary true, secondary true, link true)
> wake
  30s true
> apply
  apply #1 readings/a stamped 0s due 30s
> wake
  30s true
> stats
  live, Last Sync Time 30s
> step
  promoted (planned: east to west)
  promote west
> write readings/a
  commit #2 readings/a stamped 30.0000001s due 1m
> failover planned
  error: planned failover from west: a failover is under way: a planned one is in phase completing; order again when the phase is steady
> at 35s
> step
  completed (planned)
> status
  primary west, secondary east, live, steady, 1 missing, 0 under way
> stats
  live, Last Sync Time 30s

# A second one, whose primary is lost while it drains: an unplanned one takes its place.
> failover planned
  announced (planned: west to east)
  down (planned: 0 under way, 1 missing)
> at 40s
> step
> reach secondary
  reachable (primary false, secondary true, link false)
> step
> failover unplanned
  announced (unplanned in place of planned: west to east)
  promoted (unplanned: west to east)
  discarded #2 readings/a stamped 30.0000001s due 1m
  promote east
  wipe west
  lost #2 readings/a stamped 30.0000001s due 1m
> status
  primary east, secondary , none, completing, 0 missing, 0 under way
