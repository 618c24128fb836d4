# Both journals are lost, one after the other: each is a change, at once. They come back in any order, and no two
# changes for the better lie closer than the stay.
> begin journals east west, accounts acct+
  read-only, paused; journal east unknown, journal west unknown, primary acct unknown, secondary acct unknown
> at 0s answered journal east, answered journal west, answered primary acct, told acct live
  0s: journal east is well, was unknown
  0s: mode is exposed, was read-only
  0s: journal west is well, was unknown
  0s: mode is normal, was exposed
  0s: primary acct is well, was unknown
  0s: account is growing, was paused
  0s: account is settling, was growing
  normal, settling; journal east well, journal west well, primary acct well, secondary acct unknown
> at 2s silent journal west since 1s
  2s: journal west is lost, was well
  2s: mode is exposed, was normal
  exposed, settling; journal east well, journal west lost, primary acct well, secondary acct unknown
> at 3s silent journal east since 2s
  3s: journal east is lost, was well
  3s: mode is read-only, was exposed
  read-only, settling; journal east lost, journal west lost, primary acct well, secondary acct unknown
> from 4s to 18s every 1s answered journal east, answered primary acct
  4s: journal east is returning, was lost
  read-only, settling; journal east returning, journal west lost, primary acct well, secondary acct unknown
> at 19s answered journal east
  19s: journal east is well, was returning
  19s: mode is exposed, was read-only
  exposed, settling; journal east well, journal west lost, primary acct well, secondary acct unknown
> from 20s to 33s every 1s answered journal east, answered journal west, answered primary acct
  20s: journal west is returning, was lost
  30s: account is growing, was settling
  exposed, growing; journal east well, journal west returning, primary acct well, secondary acct unknown
> at 34s answered journal east, answered journal west
  exposed, growing; journal east well, journal west returning, primary acct well, secondary acct unknown
> at 35s answered journal east, answered journal west
  35s: journal west is well, was returning
  35s: mode is normal, was exposed
  normal, growing; journal east well, journal west well, primary acct well, secondary acct unknown
