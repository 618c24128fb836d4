# A block was stored when its time was over: it may count for nothing. No block builds on it.
> close
  begun, durable to 0, under way 1
> stored 1
  running, durable to 1; 1 durable at [0]
> close
  running, durable to 1, under way 2
> close
  running, durable to 1, under way 2 3
> late 2
  fenced, durable to 1, under way 3; 2 unsure
> stored 3
  fenced, durable to 1; 3 resend
