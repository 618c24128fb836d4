# Two journals: a birth in each, alone there. Meanwhile others go on in the one that is born. Both have a block, or one is
# enough; what the other stores later counts too.
> journals 2
  begun, durable to 0, whole to 0
> close
  begun, durable to 0, whole to 0, under way 1 flies/flies
> close
  begun, durable to 0, whole to 0, under way 1 flies/flies: takes none
> stored 1 at 0
  running, durable to 0, whole to 0, under way 1 stored/flies
> close
  running, durable to 0, whole to 0, under way 1 stored/flies 2 flies/waits
> stored 2 at 0
  running, durable to 0, whole to 0, under way 1 stored/flies 2 stored/waits
> stored 1 at 1
  running, durable to 1, whole to 1, under way 2 stored/flies; 1 durable at [0 1]
> stored 2 at 1
  running, durable to 2, whole to 2; 2 durable at [0 1]
> close
  running, durable to 2, whole to 2, under way 3 flies/flies
> close
  running, durable to 2, whole to 2, under way 3 flies/flies 4 flies/flies
> enough 3
  running, durable to 2, whole to 2, under way 3 flies/flies 4 flies/flies
> stored 3 at 0
  running, durable to 3, whole to 2, under way 4 flies/flies, behind 3 stored/flies; 3 durable at [0]
> stored 4 at 0
  running, durable to 3, whole to 2, under way 4 stored/flies, behind 3 stored/flies
> stored 4 at 1
  running, durable to 4, whole to 2, behind 3 stored/flies 4 stored/stored; 4 durable at [0 1]
> leave
  running, durable to 4, whole to 2, behind 3 stored/flies 4 stored/stored: cannot be left
> stored 3 at 1
  running, durable to 4, whole to 4
> leave
  to be ended at [0 1]; left, durable to 4, whole to 4
