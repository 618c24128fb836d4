# One journal is configured: normal means that journal. There is nothing else to go to, so its last word counts.
> begin journals east, accounts acct
  unavailable, paused; journal east unknown, primary acct unknown
> at 0s answered journal east, answered primary acct, told acct single
  0s: journal east is well, was unknown
  0s: mode is normal, was unavailable
  0s: primary acct is well, was unknown
  0s: account is growing, was paused
  0s: account is settling, was growing
  normal, settling; journal east well, primary acct well
> at 1s failed journal east, answered primary acct
  normal, settling; journal east well, primary acct well
> at 1250ms failed journal east
  normal, settling; journal east well, primary acct well
> at 1500ms failed journal east
  1.5s: journal east is lost, was well
  1.5s: mode is unavailable, was normal
  unavailable, settling; journal east lost, primary acct well
> at 4s answered journal east
  4s: journal east is returning, was lost
  4s: mode is normal, was unavailable
  normal, settling; journal east returning, primary acct well
# Its health is on probation all the same: the mode goes by any answer, the health does not.
> at 5s silent journal east since 4s
  5s: journal east is lost, was returning
  5s: mode is unavailable, was normal
  unavailable, settling; journal east lost, primary acct well
> at 6s answered journal east
  6s: journal east is returning, was lost
  6s: mode is normal, was unavailable
  normal, settling; journal east returning, primary acct well
> from 7s to 30s every 1s answered journal east, answered primary acct, told acct single
  21s: journal east is well, was returning
  normal, settling; journal east well, primary acct well
