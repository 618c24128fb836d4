# Somebody does not wait for the other journal: he is told when one has the block and some has every block before it.
> journals 2
  begun, durable to 0, whole to 0
> close
  begun, durable to 0, whole to 0, under way 1 flies/flies
> stored 1 at 0
  running, durable to 0, whole to 0, under way 1 stored/flies
> stored 1 at 1
  running, durable to 1, whole to 1; 1 durable at [0 1]
> close
  running, durable to 1, whole to 1, under way 2 flies/flies
> hurry
  running, durable to 1, whole to 1, under way 2 flies/flies 3 flies/flies
> stored 3 at 1
  running, durable to 1, whole to 1, under way 2 flies/flies 3 flies/stored
> stored 2 at 0
  running, durable to 3, whole to 1, under way 2 stored/flies 3 flies/stored; 3 early at [1]
> stored 3 at 0
  running, durable to 3, whole to 1, under way 2 stored/flies 3 stored/stored
> barred 2 at 1
  fenced, durable to 3, whole to 1; 2 resend; 3 resend
