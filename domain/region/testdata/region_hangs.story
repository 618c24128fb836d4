# The west hangs under traffic. A second without an answer is enough; then the mode stays until the west has answered
# for fifteen seconds: one change down, one up.
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
> from 100ms to 10s every 100ms answered journal east, answered journal west
  normal, settling; journal east well, journal west well, primary acct well, secondary acct well
# A call that began before the last answer, and never came back, was only lost.
> at 10s silent journal west since 9s
  normal, settling; journal east well, journal west well, primary acct well, secondary acct well
> at 10050ms answered journal west
  normal, settling; journal east well, journal west well, primary acct well, secondary acct well
# The moment: calls of the east go on.
> from 10200ms to 11s every 100ms answered journal east
  normal, settling; journal east well, journal west well, primary acct well, secondary acct well
> at 11060ms silent journal west since 10060ms
  11.06s: journal west is lost, was well
  11.06s: mode is exposed, was normal
  exposed, settling; journal east well, journal west lost, primary acct well, secondary acct well
> at 11070ms silent journal west since 10070ms
  exposed, settling; journal east well, journal west lost, primary acct well, secondary acct well
> from 12s to 60s every 1s answered journal east, answered primary acct, silent journal west
  30s: secondary acct is unknown, was well
  30s: account is growing, was settling
  exposed, growing; journal east well, journal west lost, primary acct well, secondary acct unknown
# Late answers of calls from before: it returns, on probation.
> at 61s answered journal west
  1m1s: journal west is returning, was lost
  exposed, growing; journal east well, journal west returning, primary acct well, secondary acct unknown
> at 61100ms silent journal west since 60s
  exposed, growing; journal east well, journal west returning, primary acct well, secondary acct unknown
> from 62s to 75s every 1s answered journal east, answered journal west, answered primary acct
  exposed, growing; journal east well, journal west returning, primary acct well, secondary acct unknown
> at 76s answered journal west
  1m16s: journal west is well, was returning
  1m16s: mode is normal, was exposed
  normal, growing; journal east well, journal west well, primary acct well, secondary acct unknown
