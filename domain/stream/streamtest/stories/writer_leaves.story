# A writer goes on to another stream: it ends its own with its last number, and drops what may have come again.
> append 1 a
  open: 1 a (store, write, change)
> append 2 b
  open: 1 a, 2 b (store, write, change)
> end
  ended: 1 a, 2 b (write, move, change)
> seal 2
  sealed, last 2: 1 a, 2 b (write, change)
> drop 0
  sealed, last 2: 1 a, 2 b (sweep)
> drop 1
  sealed, mark 1, last 2: 2 b (write, move, sweep)
> drop 3
  invalid: the stream's last number is 2
> drop 2
  finished, mark 2, last 2 (write, move, sweep)
> end
  finished, mark 2, last 2
> seal 2
  finished, mark 2, last 2 (sweep)
