# A refusal by either journal is never acknowledged, whatever the other says.
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
> stored 2 at 0
  running, durable to 1, whole to 1, under way 2 stored/flies
> barred 2 at 1
  fenced, durable to 1, whole to 1; 2 resend
