# A journal takes no such block: the other's will do. If none takes it, who waits is told.
> journals 2
  begun, durable to 0, whole to 0
> close
  begun, durable to 0, whole to 0, under way 1 flies/flies
> unable 1 at 1
  begun, durable to 0, whole to 0, under way 1 flies/unable
> stored 1 at 0
  running, durable to 1, whole to 0 for good; 1 durable at [0]
> close
  running, durable to 1, whole to 0 for good, under way 2 flies/flies
> unable 2 at 1
  running, durable to 1, whole to 0 for good, under way 2 flies/unable
> unable 2 at 0
  fenced, durable to 1, whole to 0 for good; 2 refused
