// Package path is the life of one call between the process that sends it and the storage that serves it, over
// ports/sched: every call of a simulated program goes one, so that nothing that can go wrong is forgotten for one of
// them.
//
//	state       what holds                                        who moves it on
//	sent        its sender runs, and the request is on its way    the ground: how far, and whether there is a way
//	held        the request waits on its way; its sender may      a rule; it arrives afterwards, whoever still waits
//	            give up, freeze or die meanwhile
//	arrived     the storage has it                                a rule, or the storage
//	refused     the storage said no, and nothing was done         the way back
//	done        the storage has carried it out                    a rule, and the way back
//	answered    its sender knows how it ended                     (ended)
//	unreached   no way to the storage: the sender knows that      (ended)
//	            nothing was done
//	unanswered  the request or the answer is lost: the sender     (ended)
//	            cannot know which
//
// A frozen sender's calls stand still before they are sent and before they are answered, those of a dead one for ever;
// what has arrived is carried out all the same.
package path
