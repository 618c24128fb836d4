# Two journals: a birth in each, then blocks side by side. Both have a block, or one is enough.
> journals 2
  begun, durable to 0
> close
  begun, durable to 0, under way 1
> stored 1 at 0
  begun, durable to 0, under way 1
> close
  begun, durable to 0, under way 1: takes none
> stored 1 at 1
  running, durable to 1; 1 durable both
> close
  running, durable to 1, under way 2
> close
  running, durable to 1, under way 2 3
> stored 2 at 1
  running, durable to 1, under way 2 3
> enough 2
  running, durable to 2, under way 3; 2 durable one
> stored 3 at 0
  running, durable to 2, under way 3
> stored 3 at 1
  running, durable to 3; 3 durable both
> stored 2 at 0
  running, durable to 3
> close
  running, durable to 3, under way 4
> enough 4
  running, durable to 3, under way 4
> stored 4 at 1
  running, durable to 4; 4 durable one
> leave
  left, durable to 4: to be ended true
