# A sweeper ends a stream whose birth is on its way: the birth is refused, whenever it arrives.
> end
  ended (write, move, change)
> append 1 a
  conflict: the stream has ended
> end
  ended
> append 1 a
  conflict: the stream has ended
# Its writer stored it in another region: the block is copied from there.
> fill 1 a
  ended: 1 a (store, change)
> append 1 a
  ended: 1 a
> seal 1
  sealed, last 1: 1 a (write, change)
> drop 1
  finished, mark 1, last 1 (write, move, sweep)
