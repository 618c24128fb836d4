# The west is away and back every ten seconds, for two minutes: one change of the mode, and one back after the wave.
> begin journals east west
  read-only, paused; journal east unknown, journal west unknown
> at 0s answered journal east, answered journal west
  0s: journal east is well, was unknown
  0s: mode is exposed, was read-only
  0s: journal west is well, was unknown
  0s: mode is normal, was exposed
  normal, paused; journal east well, journal west well
> from 100ms to 10s every 100ms answered journal east, answered journal west
  normal, paused; journal east well, journal west well
> from 10100ms to 20s every 100ms answered journal east, failed journal west
  10.5s: journal west is lost, was well
  10.5s: mode is exposed, was normal
  exposed, paused; journal east well, journal west lost
> from 20100ms to 30s every 100ms answered journal east, answered journal west
  20.1s: journal west is returning, was lost
  exposed, paused; journal east well, journal west returning
> from 30100ms to 40s every 100ms answered journal east, failed journal west
  30.5s: journal west is lost, was returning
  exposed, paused; journal east well, journal west lost
> from 40100ms to 50s every 100ms answered journal east, answered journal west
  40.1s: journal west is returning, was lost
  exposed, paused; journal east well, journal west returning
> from 50100ms to 60s every 100ms answered journal east, failed journal west
  50.5s: journal west is lost, was returning
  exposed, paused; journal east well, journal west lost
> from 60100ms to 70s every 100ms answered journal east, answered journal west
  1m0.1s: journal west is returning, was lost
  exposed, paused; journal east well, journal west returning
> from 70100ms to 80s every 100ms answered journal east, failed journal west
  1m10.5s: journal west is lost, was returning
  exposed, paused; journal east well, journal west lost
> from 80100ms to 90s every 100ms answered journal east, answered journal west
  1m20.1s: journal west is returning, was lost
  exposed, paused; journal east well, journal west returning
> from 90100ms to 100s every 100ms answered journal east, failed journal west
  1m30.5s: journal west is lost, was returning
  exposed, paused; journal east well, journal west lost
> from 100100ms to 110s every 100ms answered journal east, answered journal west
  1m40.1s: journal west is returning, was lost
  exposed, paused; journal east well, journal west returning
> from 110100ms to 120s every 100ms answered journal east, failed journal west
  1m50.5s: journal west is lost, was returning
  exposed, paused; journal east well, journal west lost
> from 120100ms to 140s every 100ms answered journal east, answered journal west
  2m0.1s: journal west is returning, was lost
  2m15.1s: journal west is well, was returning
  2m15.1s: mode is normal, was exposed
  normal, paused; journal east well, journal west well
