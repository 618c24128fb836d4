// Package stream decides the life of a stream in one journal. It is values and one function: what reaches the
// journal is an Event, State.Step says what becomes of the stream and what the journal has to do (Effects), or refuses.
// Whoever keeps streams drives it: the journals of memory and of the embedded store in the moment of a write, the one
// of Azure's tables by what it has read, whose conditional batches then hold what was decided.
//
//	unborn --append--> open --end--> ended --seal--> sealed --drop to the last number--> finished
//	   `--------------end--------------^
//
// An append gives birth to a stream and adds to an open one. The end wins against every append that arrives later,
// of an unborn stream too. What an ended stream lacks is filled: with blocks copied from another journal, or with voids
// (numbers proven never stored). A seal fixes the last number; nothing is added any more. Drops move the mark up in
// any life but unborn, and a stream that is dropped to its last number is finished: nothing of it is left.
//
// A sweeper moves a stream whose writer is gone from one life to the next: State.Due says what is to be done.
package stream
