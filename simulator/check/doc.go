// Package check judges histories (simulator/history). It reads logs and nothing else, so that it shares no bug with the
// program. Verdicts are values: a rule, a sentence, and the operations concerned.
//
// A fault is named by one rule. Of a reading that an answer should have shown, it is Lost if no later answer shows it
// either, FalseClaim if an As-Of of the answer covers it, else Short. Of one that was never acknowledged but was seen,
// it is Vanished. Of a value that an answer should not have shown, it is Wrong if nobody wrote it, Refused if whoever
// wrote it was told that it was not, Resurrected if it had been deleted or replaced. Session is for what only the
// client's own session forbids.
//
// What is held against an answer is what it claims (history.Claim): what was acknowledged before it was asked if it
// says that it is complete; what was acknowledged before its As-Of. A write that ended as info, or never ended, may be
// there or not, from any moment after its invoke on; once an answer showed it, every later complete answer has to.
//
// Which of two acknowledged values of a reading is later is said by their origins. Only if one began clearly after the
// other had ended (Options.Apart) it is later whatever the origins say: clocks are not that far apart. Of a value
// without an origin the order is learned: an answer that shows x although y was there already makes x the later one.
//
// A question that is asked again has the same answer, byte for byte, if both claim to be complete, unless something
// that was written can be why: a write or a deletion (of the source that the question is about, if it names one) which
// was under way, or ended as info, at some moment between the two. Else it is Changed. A write is no reason if it only
// repeats what had been acknowledged before, of readings that never had another value. Phase Drained ends what ended
// as info before it: what was not there then has no effect any more, and a reading of it that comes later is Changed.
//
// Of raw storage a read shows a whole partition, and has to be a state in which that was: of all writes in the order of
// their stamps, without those that failovers list as lost, a first part that is no less than what the reader saw there
// before, than the acknowledgements before a read of the primary, and than the Last Sync Time that was told before one
// of the secondary. A write without a stamp (a deletion has no ETag, a lost answer has none) gets it from the rows that
// show it, from a failover's list, or from the truth stream in order: clients that want to be judged have no two
// deletions of a partition under way at once. A table to which no client writes rows, because the program does,
// is held against the truth stream alone: entries are applied in order and once, a failover discards
// and lists what was not applied, no Last Sync Time is later than what is missing. After an event of kind "wrong-stats"
// Last Sync Times may fall: the simulator was ordered to let them.
//
// A process that the truth stream calls killed answers nothing after that.
//
// Cost: with n readings written, d readings covered by deletions, a readings in answers and their gaps, and v versions
// of one reading, All takes O((n+d) log (n+d) + a log v), and v more for each fault found. Memory is O(n + d), and a
// word for each sight of a reading that has several versions. With w writes of rows in p partitions and r reads of s
// rows each, it takes O(w log w + r (s + log w)), and O(w) more for each read that does not hold or was drained.
package check
