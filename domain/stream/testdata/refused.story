# A block cannot be stored at all: who waits for it is told at once, the others go again.
> close
  begun, durable to 0, under way 1
> stored 1
  running, durable to 1; 1 durable at [0]
> close
  running, durable to 1, under way 2
> close
  running, durable to 1, under way 2 3
> unable 2
  fenced, durable to 1, under way 2 3; 2 refused
> stored 3
  fenced, durable to 1; 3 resend
> unable 2
  fenced, durable to 1
