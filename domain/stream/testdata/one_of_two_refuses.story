# A refusal by either journal is never acknowledged, whatever the other says.
> journals 2
  begun, durable to 0
> close
  begun, durable to 0, under way 1
> stored 1 at 0
  begun, durable to 0, under way 1
> stored 1 at 1
  running, durable to 1; 1 durable both
> close
  running, durable to 1, under way 2
> stored 2 at 0
  running, durable to 1, under way 2
> barred 2 at 1
  fenced, durable to 1; 2 resend
