# Everything is settled and dropped before anybody ends the stream: sealed at its mark it is finished at once.
> append 1 a
  open: 1 a (store, write, change)
> append 2 b
  open: 1 a, 2 b (store, write, change)
> drop 2
  open, mark 2 (write, move, sweep)
> end
  ended, mark 2 (write, move, change)
> seal 1
  invalid: number 2 was dropped, above the last
> seal 2
  finished, mark 2, last 2 (write, change, sweep)
> seal 2
  finished, mark 2, last 2 (sweep)
> fill 3 c
  invalid: the stream is sealed
