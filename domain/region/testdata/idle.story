# Nobody writes. The journals are asked each second, and one that fails is asked until it is known to be lost: within
# two seconds of the first moment, which is just after 0s.
> begin journals east west
  read-only, paused; journal east unknown, journal west unknown
> at 0s tick
  0s: ask journal east
  0s: ask journal west
  read-only, paused; journal east unknown, journal west unknown
> at 0s answered journal east, answered journal west
  0s: journal east is well, was unknown
  0s: mode is exposed, was read-only
  0s: journal west is well, was unknown
  0s: mode is normal, was exposed
  normal, paused; journal east well, journal west well
> at 999ms tick
  normal, paused; journal east well, journal west well
> at 1s tick
  1s: ask journal east
  1s: ask journal west
  normal, paused; journal east well, journal west well
> at 1001ms answered journal east, failed journal west
  normal, paused; journal east well, journal west well
> at 1200ms tick
  1.2s: ask journal west
  normal, paused; journal east well, journal west well
> at 1201ms failed journal west
  normal, paused; journal east well, journal west well
> at 1400ms tick
  1.4s: ask journal west
  normal, paused; journal east well, journal west well
> at 1401ms failed journal west
  normal, paused; journal east well, journal west well
> at 1600ms tick
  1.6s: ask journal west
  normal, paused; journal east well, journal west well
> at 1601ms failed journal west
  1.601s: journal west is lost, was well
  1.601s: mode is exposed, was normal
  exposed, paused; journal east well, journal west lost
# What is lost is asked once a second.
> at 1800ms tick
  exposed, paused; journal east well, journal west lost
> at 2001ms tick
  2.001s: ask journal east
  exposed, paused; journal east well, journal west lost
> at 2600ms tick
  2.6s: ask journal west
  exposed, paused; journal east well, journal west lost
# What nobody hears of any more is not known, and not taken for good.
> at 40s tick
  40s: journal east is unknown, was well
  40s: mode is read-only, was exposed
  40s: ask journal east
  40s: ask journal west
  read-only, paused; journal east unknown, journal west lost
