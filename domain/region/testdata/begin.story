# A process begins. It asks everybody, and is in the mode that the answers give at once: there is nothing to wait for.
> begin journals east west, accounts acct+
  read-only, paused; journal east unknown, journal west unknown, primary acct unknown, secondary acct unknown
> at 0s tick
  0s: ask journal east
  0s: ask journal west
  0s: ask primary acct
  0s: ask secondary acct
  read-only, paused; journal east unknown, journal west unknown, primary acct unknown, secondary acct unknown
> at 20ms answered journal east
  20ms: journal east is well, was unknown
  20ms: mode is exposed, was read-only
  exposed, paused; journal east well, journal west unknown, primary acct unknown, secondary acct unknown
> at 30ms told acct live, answered secondary acct, answered primary acct
  30ms: secondary acct is well, was unknown
  30ms: primary acct is well, was unknown
  30ms: account is settling, was paused
  exposed, settling; journal east well, journal west unknown, primary acct well, secondary acct well
> at 60ms answered journal west
  60ms: journal west is well, was unknown
  60ms: mode is normal, was exposed
  normal, settling; journal east well, journal west well, primary acct well, secondary acct well
> at 61ms tick
  normal, settling; journal east well, journal west well, primary acct well, secondary acct well
# Nobody asks again before three quarters of a second have passed without traffic.
> at 769ms tick
  normal, settling; journal east well, journal west well, primary acct well, secondary acct well
> at 770ms tick
  770ms: ask journal east
  normal, settling; journal east well, journal west well, primary acct well, secondary acct well
# One that begins while a region is away is exposed, and knows why soon.
> begin journals east west, accounts acct+
  read-only, paused; journal east unknown, journal west unknown, primary acct unknown, secondary acct unknown
> at 0s tick
  0s: ask journal east
  0s: ask journal west
  0s: ask primary acct
  0s: ask secondary acct
  read-only, paused; journal east unknown, journal west unknown, primary acct unknown, secondary acct unknown
> at 20ms answered journal east, answered primary acct, answered secondary acct, told acct live
  20ms: journal east is well, was unknown
  20ms: mode is exposed, was read-only
  20ms: primary acct is well, was unknown
  20ms: account is growing, was paused
  20ms: secondary acct is well, was unknown
  20ms: account is settling, was growing
  exposed, settling; journal east well, journal west unknown, primary acct well, secondary acct well
> at 1s silent journal west since 0s
  1s: journal west is lost, was unknown
  exposed, settling; journal east well, journal west lost, primary acct well, secondary acct well
