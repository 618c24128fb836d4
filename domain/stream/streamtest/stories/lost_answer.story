# The answer to an append is lost, and it is sent again: before and after the end, and after it was dropped.
> append 1 a
  open: 1 a (store, write, change)
> append 1 a
  open: 1 a
> append 2 b
  open: 1 a, 2 b (store, write, change)
> append 2 c
  conflict: number 2 holds another block
> end
  ended: 1 a, 2 b (write, move, change)
> append 2 b
  ended: 1 a, 2 b
> append 2 c
  conflict: the stream has ended
> append 3 d
  conflict: the stream has ended
> drop 2
  ended, mark 2 (write, move, sweep)
> append 2 b
  conflict: the stream has ended
> append 1 a
  conflict: the stream has ended
