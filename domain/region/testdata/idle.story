# Nobody writes. A journal that nobody has heard of for three quarters of a second is asked, and one that fails is asked
# until it is known to be lost: within two seconds of the first moment, which is just after 0s.
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
> at 749ms tick
  normal, paused; journal east well, journal west well
> at 750ms tick
  750ms: ask journal east
  750ms: ask journal west
  normal, paused; journal east well, journal west well
> at 751ms answered journal east, failed journal west
  normal, paused; journal east well, journal west well
> at 949ms tick
  normal, paused; journal east well, journal west well
> at 950ms tick
  950ms: ask journal west
  normal, paused; journal east well, journal west well
> at 951ms failed journal west
  normal, paused; journal east well, journal west well
> at 1150ms tick
  1.15s: ask journal west
  normal, paused; journal east well, journal west well
> at 1151ms failed journal west
  1.151s: journal west is lost, was well
  1.151s: mode is exposed, was normal
  exposed, paused; journal east well, journal west lost
# What is lost is asked no more often than what is well.
> at 1350ms tick
  exposed, paused; journal east well, journal west lost
> at 1500ms tick
  exposed, paused; journal east well, journal west lost
> at 1501ms answered journal east
  exposed, paused; journal east well, journal west lost
> at 1899ms tick
  exposed, paused; journal east well, journal west lost
> at 1900ms tick
  1.9s: ask journal west
  exposed, paused; journal east well, journal west lost
# What nobody hears of any more is not known, and not taken for good.
> at 31500ms tick
  31.5s: ask journal east
  31.5s: ask journal west
  exposed, paused; journal east well, journal west lost
> at 31501ms tick
  31.501s: journal east is unknown, was well
  31.501s: mode is read-only, was exposed
  read-only, paused; journal east unknown, journal west lost
