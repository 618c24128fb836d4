# The account's primary is lost with the east, the account fails over, and is made geo-redundant again. The mode has
# nothing to do with it.
> begin journals east west, accounts acct+
  read-only, paused; journal east unknown, journal west unknown, primary acct unknown, secondary acct unknown
> at 0s answered journal east, answered journal west, answered primary acct, answered secondary acct, told acct live
  0s: journal east is well, was unknown
  0s: mode is exposed, was read-only
  0s: journal west is well, was unknown
  0s: mode is normal, was exposed
  0s: primary acct is well, was unknown
  0s: account is growing, was paused
  0s: secondary acct is well, was unknown
  0s: account is settling, was growing
  normal, settling; journal east well, journal west well, primary acct well, secondary acct well
# The secondary goes on telling a tidemark.
> at 3s silent journal east since 2s, silent primary acct since 2s, answered journal west, told acct live
  3s: journal east is lost, was well
  3s: mode is exposed, was normal
  3s: primary acct is lost, was well
  3s: account is paused, was settling
  exposed, paused; journal east lost, journal west well, primary acct lost, secondary acct well
> from 4s to 120s every 1s silent journal east, silent primary acct, answered journal west, told acct live
  30s: secondary acct is unknown, was well
  exposed, paused; journal east lost, journal west well, primary acct lost, secondary acct unknown
# The west's endpoint is the primary now, and there is no other: nothing leaves the journals.
> from 121s to 140s every 1s answered primary acct, failed secondary acct, answered journal west, told acct unavailable
  2m1s: primary acct is returning, was lost
  2m3s: secondary acct is lost, was unknown
  2m16s: primary acct is well, was returning
  2m16s: account is growing, was paused
  exposed, growing; journal east lost, journal west well, primary acct well, secondary acct lost
> from 141s to 160s every 1s answered primary acct, answered secondary acct, answered journal west, told acct bootstrap
  2m21s: secondary acct is returning, was lost
  2m21s: account is rebuilding, was growing
  2m36s: secondary acct is well, was returning
  exposed, rebuilding; journal east lost, journal west well, primary acct well, secondary acct well
> from 161s to 170s every 1s answered primary acct, answered secondary acct, answered journal west, told acct unavailable
  exposed, rebuilding; journal east lost, journal west well, primary acct well, secondary acct well
> at 171s told acct live, answered primary acct, answered journal west
  2m51s: account is settling, was rebuilding
  exposed, settling; journal east lost, journal west well, primary acct well, secondary acct well
# A tidemark that nobody tells any more is none.
> from 172s to 202s every 1s answered primary acct, answered journal west
  3m20s: secondary acct is unknown, was well
  3m21s: account is growing, was settling
  exposed, growing; journal east lost, journal west well, primary acct well, secondary acct unknown
# An account that was never whole is not rebuilt: it is copied for the first time.
> begin journals east, accounts acct+
  unavailable, paused; journal east unknown, primary acct unknown, secondary acct unknown
> at 0s answered journal east, answered primary acct, told acct bootstrap
  0s: journal east is well, was unknown
  0s: mode is normal, was unavailable
  0s: primary acct is well, was unknown
  0s: account is growing, was paused
  normal, growing; journal east well, primary acct well, secondary acct unknown
