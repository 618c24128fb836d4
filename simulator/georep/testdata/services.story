# East's queues are out: tables are replicated, and their Last Sync Time goes on.
> account east west 0s 0s 0s 30s
> lag queue:work constant 1s
  lag (queue work: constant 1s)
> write queue:work
  commit #1 queue work/ stamped 0s due 1s
> reach queue secondary link
  reachable (queue: primary false, secondary true, link true)
> at 5s
> write readings/a
  commit #2 readings/a stamped 5s due 5s
> take
  under way #2 readings/a stamped 5s due 5s
> applied #2
  apply #2 readings/a stamped 5s due 5s
> stats
  live, Last Sync Time 5s
> queuestats
  live, Last Sync Time 0s
# A planned failover would not get the queue's last write over.
> failover planned
  error: planned failover from east: the primary region does not answer: 1 writes of its queue service are not in west; end the outage of east first, or order an unplanned one, which loses what west lacks
# With nothing to bring over the queues of east are no reason to refuse.
> reach queue primary secondary link
  reachable (queue: primary true, secondary true, link true)
> take
  under way #1 queue work/ stamped 0s due 1s
> applied #1
  apply #1 queue work/ stamped 0s due 1s
> reach queue secondary link
  reachable (queue: primary false, secondary true, link true)
> failover planned
  announced (planned: east to west)
  down (planned: 0 under way, 0 missing)
  promoted (planned: east to west)
  completed (planned)
  promote west
> status
  primary west, secondary east, live, steady, 0 missing, 0 under way
# The reach goes along with its region: now the secondary's queues are out.
> write queue:work
  commit #3 queue work/ stamped 5.0000001s due 6s
> take
> stats
  live, Last Sync Time 5s
> queuestats
  live, Last Sync Time 5s
> failover unplanned
  error: unplanned failover from west: the secondary region does not answer: end the outage of east first
