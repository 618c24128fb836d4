# Number 2 never arrived. Once the stream has ended it is proven never stored, and stays so.
> append 1 a
  open: 1 a (store, write, change)
> append 3 c
  open: 1 a, 3 c (store, write, change)
> fill 2 void
  invalid: the stream has not ended
> seal 3
  invalid: the stream has not ended
> end
  ended: 1 a, 3 c (write, move, change)
> fill 2 void
  ended: 1 a, 2 void, 3 c (store, change)
> fill 2 void
  ended: 1 a, 2 void, 3 c
> fill 2 b
  conflict: number 2 holds something else
> append 2 b
  conflict: number 2 is void
> fill 1 void
  conflict: number 1 holds something else
# Whoever looked before the void was there has to look again.
> seal 3 changed
  conflict: the stream has changed since it was looked at
> seal 3
  sealed, last 3: 1 a, 2 void, 3 c (write, change)
> seal 3 changed
  sealed, last 3: 1 a, 2 void, 3 c
> fill 4 d
  invalid: the stream is sealed
> seal 4
  conflict: the stream's last number is 3
> seal 3
  sealed, last 3: 1 a, 2 void, 3 c
> drop 3
  finished, mark 3, last 3 (write, move, sweep)
