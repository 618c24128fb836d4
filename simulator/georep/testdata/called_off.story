# A store hangs in the middle of a repeated write while a planned failover drains: after 30 s without progress the
# failover is called off, and the account serves in its old roles.
> account east west 0s 5s 5s 30s
> lag readings constant 10s
  lag (table readings: constant 10s)
> write readings/a
  commit #1 readings/a stamped 0s due 10s
> at 10s
> take
  under way #1 readings/a stamped 0s due 10s
> failover planned
  announced (planned: east to west)
  down (planned: 0 under way, 1 missing)
> wake
  15s true
> at 39s
> step
> wake
  40s true
> at 40s
> step
  called-off (planned: 0 under way, 1 being repeated, 1 missing)
> status
  primary east, secondary west, live, steady, 1 missing, 0 under way
> write readings/a
  commit #2 readings/a stamped 40s due 50s
# An unplanned one to the store that hangs is called off too.
> failover unplanned
  announced (unplanned: east to west)
  down (unplanned: 0 under way, 2 missing)
> at 70s
> step
  called-off (unplanned: 0 under way, 1 being repeated, 2 missing)
> status
  primary east, secondary west, live, steady, 2 missing, 0 under way
# The store is back; a lag that passes is no reason to give up.
> at 71s
> applied #1
  apply #1 readings/a stamped 0s due 10s
> apply
  apply #2 readings/a stamped 40s due 50s
> lag readings constant 60s
  lag (table readings: constant 1m)
> write readings/a
  commit #3 readings/a stamped 1m11s due 2m11s
> failover planned
  announced (planned: east to west)
  down (planned: 0 under way, 1 missing)
> at 120s
> step
> wake
  2m11s true
> at 131s
> apply
  apply #3 readings/a stamped 1m11s due 2m11s
> step
  promoted (planned: east to west)
  promote west
> status
  primary west, secondary east, live, completing, 0 missing, 0 under way
