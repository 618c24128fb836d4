# An append arrives again after its number was dropped, while the stream is open: it is rubbish until the next drop.
> append 1 a
  open: 1 a (store, write, change)
> append 2 b
  open: 1 a, 2 b (store, write, change)
> drop 1
  open, mark 1: 2 b (write, move, sweep)
> append 1 a
  open, mark 1: 1 a, 2 b (store, write, change)
> append 1 x
  open, mark 1: 1 a, 2 b
> end
  ended, mark 1: 1 a, 2 b (write, move, change)
> append 1 x
  conflict: the stream has ended
> seal 2
  sealed, mark 1, last 2: 1 a, 2 b (write, change)
> drop 1
  sealed, mark 1, last 2: 2 b (sweep)
> drop 2
  finished, mark 2, last 2 (write, move, sweep)
> drop 2
  finished, mark 2, last 2 (sweep)
