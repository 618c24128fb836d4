# What cannot be.
> seal 0
  invalid: the stream has not ended
> drop 1
  not-found: there is no such stream
> append 0 a
  invalid: the first number of a stream is 1
> fill 1 a
  invalid: the stream has not ended
> append 1 a
  open: 1 a (store, write, change)
> seal 1
  invalid: the stream has not ended
> fill 2 b
  invalid: the stream has not ended
> end
  ended: 1 a (write, move, change)
> fill 0 a
  invalid: the first number of a stream is 1
> seal 1
  sealed, last 1: 1 a (write, change)
> seal 2
  conflict: the stream's last number is 1
