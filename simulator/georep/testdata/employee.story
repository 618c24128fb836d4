# The example of "Use geo-redundancy to design highly available applications": the secondary shows C before B, and the Last Sync Time
# stays at T1 until B has arrived. A inserts an employee, B updates it, C updates the count of administrators in another partition.
> account east west 0s 0s 0s
> write roles/administrator
  commit #1 roles/administrator stamped 0s due 0s
> apply
  apply #1 roles/administrator stamped 0s due 0s

# T0: A is in the primary. T1: A is in the secondary.
> at 10s
> lag staff/employee constant 5s
  lag (table staff "employee": constant 5s)
> write staff/employee
  commit #2 staff/employee stamped 10s due 15s
> at 15s
> apply
  apply #2 staff/employee stamped 10s due 15s
> stats
  live, Last Sync Time 15s

# T2: B is in the primary. T3: C is in the primary. The replication of staff hangs.
> at 15500ms
> lag staff/employee constant 24s
  lag (table staff "employee": constant 24s)
> write staff/employee
  commit #3 staff/employee stamped 15.5s due 39.5s
> at 20s
> lag roles/administrator constant 10s
  lag (table roles "administrator": constant 10s)
> write roles/administrator
  commit #4 roles/administrator stamped 20s due 30s
> stats
  live, Last Sync Time 15s

# T4: C is in the secondary, B is not. T5: a reader there sees the new count and the old employee.
> wake
  30s true
> at 30s
> apply
  apply #4 roles/administrator stamped 20s due 30s
> stats
  live, Last Sync Time 15s

# T6: B is in the secondary.
> at 40s
> apply
  apply #3 staff/employee stamped 15.5s due 39.5s
> stats
  live, Last Sync Time 40s
