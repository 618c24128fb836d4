# A table is deleted before its copy was made, and after a partition of it was born: the copy finds no table, and what
# was written to the newborn has nowhere to go. Only the deletion is repeated.
> account east west 0s 0s 0s
> failover unplanned
  announced (unplanned: east to west)
  down (unplanned: 0 under way, 0 missing)
  promoted (unplanned: east to west)
  completed (unplanned)
  promote west
  wipe east
> write readings/a
  commit #1 readings/a stamped 100ns due -
> reenable east
  reenabled (west to east)
> list readings readings/a
  listed (2 partitions)
> write readings/newborn
  commit #2 readings/newborn stamped 300ns due 0s
> delete readings
  commit #3 readings stamped 500ns due 0s
> covered readings
  covered #3 readings
> apply
  apply #3 readings stamped 500ns due 0s
  live
> status
  primary west, secondary east, live, steady, 0 missing, 0 under way
# The table is made again: that is in the log, after the deletion.
> write readings
  commit #4 readings stamped 700ns due 0s
> write readings/newborn
  commit #5 readings/newborn stamped 900ns due 0s
> apply
  apply #4 readings stamped 700ns due 0s
  apply #5 readings/newborn stamped 900ns due 0s
> status
  primary west, secondary east, live, steady, 0 missing, 0 under way
