# Blocks overtake one another; whoever waits is answered in the order of their numbers.
> close
  begun, durable to 0, under way 1
> close
  begun, durable to 0, under way 1: takes none
> stored 1
  running, durable to 1; 1 durable at [0]
> close
  running, durable to 1, under way 2
> close
  running, durable to 1, under way 2 3
> stored 3
  running, durable to 1, under way 2 3
> stored 2
  running, durable to 3; 2 durable at [0]; 3 durable at [0]
> leave
  to be ended at [0]; left, durable to 3
> close
  left, durable to 3: takes none
> stored 4
  left, durable to 3
> leave
  left, durable to 3: cannot be left
