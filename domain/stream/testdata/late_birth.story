# A sweeper ended the stream before its birth arrived: the block goes again in another stream.
> close
  begun, durable to 0, under way 1
> barred 1
  fenced, durable to 0; 1 resend
> close
  fenced, durable to 0: takes none
> leave
  fenced, durable to 0: cannot be left
