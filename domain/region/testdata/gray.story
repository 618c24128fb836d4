# Two of three calls of the west fail. No row of failures lasts, so it counts as well until the breaker before it says
# that it is no use; and it does not come back while that says so.
> begin journals east west
  read-only, paused; journal east unknown, journal west unknown
> at 0s answered journal east, answered journal west
  0s: journal east is well, was unknown
  0s: mode is exposed, was read-only
  0s: journal west is well, was unknown
  0s: mode is normal, was exposed
  normal, paused; journal east well, journal west well
> from 100ms to 5s every 300ms answered journal east, failed journal west, failed journal west, answered journal west
  normal, paused; journal east well, journal west well
> at 5100ms barred journal west
  5.1s: journal west is lost, was well
  5.1s: mode is exposed, was normal
  exposed, paused; journal east well, journal west lost
> from 6s to 25s every 5s answered journal west, failed journal west, barred journal west
  6s: journal west is returning, was lost
  6s: journal west is lost, was returning
  11s: journal west is returning, was lost
  11s: journal west is lost, was returning
  16s: journal west is returning, was lost
  16s: journal west is lost, was returning
  21s: journal west is returning, was lost
  21s: journal west is lost, was returning
  exposed, paused; journal east well, journal west lost
# One call in a hundred that fails does not keep it away.
> from 30s to 46s every 1s answered journal west, answered journal east, failed journal west, answered journal west
  30s: journal west is returning, was lost
  45s: journal west is well, was returning
  45s: mode is normal, was exposed
  normal, paused; journal east well, journal west well
