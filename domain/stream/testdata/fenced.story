# Somebody ended the stream between two blocks. What was stored behind the one that was not is sent again, too, once
# nothing flies any more.
> close
  begun, durable to 0, under way 1
> stored 1
  running, durable to 1; 1 durable at [0]
> close
  running, durable to 1, under way 2
> close
  running, durable to 1, under way 2 3
> close
  running, durable to 1, under way 2 3 4
> barred 2
  fenced, durable to 1, under way 2 3 4
> stored 3
  fenced, durable to 1, under way 2 3 4
> close
  fenced, durable to 1, under way 2 3 4: takes none
> stored 4
  fenced, durable to 1; 2 resend; 3 resend; 4 resend
