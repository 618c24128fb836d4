# A stream is fenced by one block while both journals are silent about the next, which is given up on both legs: nobody
# has said no to it, and it goes again.
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
> close
  running, durable to 1, whole to 1, under way 2 flies/flies 3 flies/flies
> barred 2 at 0
  fenced, durable to 1, whole to 1, under way 2 barred/flies 3 flies/flies
> skipped 3 at 0
  fenced, durable to 1, whole to 1, under way 2 barred/flies 3 skipped/flies
> skipped 3 at 1
  fenced, durable to 1, whole to 1, under way 2 barred/flies 3 skipped/skipped
> skipped 2 at 1
  fenced, durable to 1, whole to 1; 2 resend; 3 resend
