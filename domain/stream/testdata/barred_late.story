# Nobody waits for a journal that is away. When it says that the stream has ended there, of a block that was answered
# long ago, nothing more is acknowledged, and what is under way goes again.
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
> enough 2
  running, durable to 1, whole to 1, under way 2 flies/flies
> stored 2 at 0
  running, durable to 2, whole to 1, behind 2 stored/flies; 2 durable at [0]
> close
  running, durable to 2, whole to 1, under way 3 flies/flies, behind 2 stored/flies
> barred 2 at 1
  fenced, durable to 2, whole to 1 for good, under way 3 flies/flies
> stored 3 at 0
  fenced, durable to 2, whole to 1 for good, under way 3 stored/flies
> barred 3 at 1
  fenced, durable to 2, whole to 1 for good; 3 resend
