# Of several accounts the one counts that is worst off.
> begin journals east, accounts home+ new+
  unavailable, paused; journal east unknown, primary home unknown, secondary home unknown, primary new unknown, secondary new unknown
> at 0s answered journal east, answered primary home, answered primary new, told home live, told new live
  0s: journal east is well, was unknown
  0s: mode is normal, was unavailable
  0s: primary home is well, was unknown
  0s: primary new is well, was unknown
  0s: account is growing, was paused
  0s: account is settling, was growing
  normal, settling; journal east well, primary home well, secondary home unknown, primary new well, secondary new unknown
> at 1s told new unavailable
  1s: account is growing, was settling
  normal, growing; journal east well, primary home well, secondary home unknown, primary new well, secondary new unknown
> at 2s silent primary home since 1s
  2s: primary home is lost, was well
  2s: account is paused, was growing
  normal, paused; journal east well, primary home lost, secondary home unknown, primary new well, secondary new unknown
> from 3s to 20s every 1s answered journal east, answered primary home, answered primary new, told home live, told new live
  3s: primary home is returning, was lost
  18s: primary home is well, was returning
  18s: account is settling, was paused
  normal, settling; journal east well, primary home well, secondary home unknown, primary new well, secondary new unknown
