# The clock goes back, and what is observed comes in another order: nothing gets better by it.
> begin journals east west
  read-only, paused; journal east unknown, journal west unknown
> at 10s answered journal east, answered journal west
  10s: journal east is well, was unknown
  10s: mode is exposed, was read-only
  10s: journal west is well, was unknown
  10s: mode is normal, was exposed
  normal, paused; journal east well, journal west well
> at 5s silent journal west since 4s
  normal, paused; journal east well, journal west well
> at 4s answered journal west
  normal, paused; journal east well, journal west well
> at 11s silent journal west since 10s
  11s: journal west is lost, was well
  11s: mode is exposed, was normal
  exposed, paused; journal east well, journal west lost
> from 1s to 9s every 1s answered journal west
  exposed, paused; journal east well, journal west lost
> at 11s answered journal west, answered journal west, answered journal west, answered journal west
  11s: journal west is returning, was lost
  exposed, paused; journal east well, journal west returning
> at 25999ms answered journal west, answered journal east
  exposed, paused; journal east well, journal west returning
> at 26s answered journal west
  26s: journal west is well, was returning
  26s: mode is normal, was exposed
  normal, paused; journal east well, journal west well
# What is not configured says nothing.
> at 27s silent journal north since 26s, silent primary acct since 26s, told acct live
  normal, paused; journal east well, journal west well
