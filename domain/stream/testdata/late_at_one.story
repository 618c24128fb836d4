# What one journal stored in time is durable there, whenever the other stored it.
> journals 2
  begun, durable to 0, whole to 0
> close
  begun, durable to 0, whole to 0, under way 1 flies/flies
> late 1 at 0
  running, durable to 0, whole to 0, under way 1 late/flies
> stored 1 at 1
  running, durable to 1, whole to 0 for good; 1 durable at [1]
> close
  running, durable to 1, whole to 0 for good, under way 2 flies/flies
> late 2 at 1
  running, durable to 1, whole to 0 for good, under way 2 flies/late
> late 2 at 0
  fenced, durable to 1, whole to 0 for good; 2 unsure
