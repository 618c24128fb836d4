// Package path is the life of one call between who sends it and the storage that serves it, over ports/sched: every
// call of a simulated program goes one, and every call of a client to the gateway, so that nothing that can go wrong
// is forgotten for one of them.
//
//	state         what holds                                        who moves it on
//	sent          the request is on its way                         the ground: how far, and whether there is a way
//	arrived       the storage has it                                a rule, or the storage
//	held          the request is on its way again, whatever its     a rule; it arrives afterwards, whoever still waits
//	              sender does meanwhile: give up, freeze or die
//	lost          it comes to nothing, and nothing was done: a      (ended)
//	              rule or the ground has lost or refused it
//	answered      its sender knows what the storage said            (ended)
//	answer lost   the storage may have carried it out, and its      (ended), or the ground that kept the answer
//	              sender does not hear so                           in silence and heals
//
// How it ended its sender learns as an answer, or as an Error: unreached (it knows that nothing was done), refused
// (with a status), unanswered (it cannot know). A frozen sender's calls stand still before they are sent and before
// they are answered, those of a dead one for ever; what has arrived is carried out all the same.
//
// Do and Each lead the life of a call for an actor that sends it. A shell whose senders are elsewhere leads a Trip.
//
// From the bottom: error, ground, process; faulty (a ground of faults); trip; path (Do and Each).
package path
