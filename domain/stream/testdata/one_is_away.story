# One journal does not answer: each block is decided without it when it is enough, at most a birth flies there, and what
# comes later is left to the other journal. Up to where everything is everywhere does not move any more.
> journals 2
  begun, durable to 0, whole to 0
> close
  begun, durable to 0, whole to 0, under way 1 flies/flies
> stored 1 at 0
  running, durable to 0, whole to 0, under way 1 stored/flies
> enough 1
  running, durable to 1, whole to 0, behind 1 stored/flies; 1 durable at [0]
> close
  running, durable to 1, whole to 0, under way 2 flies/waits, behind 1 stored/flies
> stored 2 at 0
  running, durable to 1, whole to 0, under way 2 stored/waits, behind 1 stored/flies
> enough 2
  running, durable to 2, whole to 0, behind 1 stored/flies 2 stored/skipped; 2 durable at [0]
> skipped 1 at 1
  running, durable to 2, whole to 0 for good
> close
  running, durable to 2, whole to 0 for good, under way 3 flies/flies
> stored 3 at 1
  running, durable to 2, whole to 0 for good, under way 3 flies/stored
> stored 3 at 0
  running, durable to 3, whole to 0 for good; 3 durable at [0 1]
> leave
  to be ended at [0 1]; left, durable to 3, whole to 0 for good
