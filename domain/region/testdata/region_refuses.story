# Refused calls come back at once. Three in a row are no loss yet: a table that moves is away for as long. Four tenths of
# a second without one answer are. An answer to a call from before the first failure says nothing.
> begin journals east west
  read-only, paused; journal east unknown, journal west unknown
> at 0s answered journal east, answered journal west
  0s: journal east is well, was unknown
  0s: mode is exposed, was read-only
  0s: journal west is well, was unknown
  0s: mode is normal, was exposed
  normal, paused; journal east well, journal west well
> from 10ms to 100ms every 10ms failed journal west, answered journal east
  normal, paused; journal east well, journal west well
> at 110ms answered journal west
  normal, paused; journal east well, journal west well
> from 120ms to 400ms every 10ms failed journal west, answered journal east
  normal, paused; journal east well, journal west well
> at 410ms answered journal west since 110ms
  normal, paused; journal east well, journal west well
> from 420ms to 700ms every 10ms failed journal west, answered journal east
  520ms: journal west is lost, was well
  520ms: mode is exposed, was normal
  exposed, paused; journal east well, journal west lost
# Many in a row are a loss whatever the clock says.
> begin journals east west
  read-only, paused; journal east unknown, journal west unknown
> at 0s answered journal east, answered journal west
  0s: journal east is well, was unknown
  0s: mode is exposed, was read-only
  0s: journal west is well, was unknown
  0s: mode is normal, was exposed
  normal, paused; journal east well, journal west well
> from 1s to 1098ms every 1ms failed journal west
  normal, paused; journal east well, journal west well
> at 1099ms failed journal west
  1.099s: journal west is lost, was well
  1.099s: mode is exposed, was normal
  exposed, paused; journal east well, journal west lost
