// Package readpath reads: it gives the readings of series and what is known of sources, as the journal and the account
// hold them together. Whoever answers, forecasts or exports stands on it.
//
// Reader.Open opens a Question: it reads the floors of the tenant's shards, then the shards in a journal, and says in
// a Claim how fresh everything is that the question will give. Question.Source and Sources read the catalogue,
// Source.Series and AllSeries find series in it, and Series.Leaves visits the windows of one in the order of time, or
// backwards.
//
// # Two journals
//
// Where there are two, a question is opened over one of them for all its shards: the nearest that may be read and is
// not known to be away; if that does not answer within Config.Wait, the other one, once. Blocks, marks and claim are
// then of that one journal, which the claim names. What is cached says beside which journal it was fetched, and counts
// beside no other: versions of two journals say nothing of one another.
//
// Claim.AsOf holds for either: both means that each of the two has the block, or had it and dropped what was settled,
// and a snapshot of either has every block that was acknowledged before it began. Claim.AsOfOne goes by Config.Even,
// which is the same for either: what was stored in one of them before it is in both, and what one has dropped the
// other has, too. Even is asked before the snapshot begins. Of what is found while a snapshot is taken it may lack
// what had been copied behind its back.
//
// If neither can be read a question is opened over the rows alone, where each of its shards has a floor: what is at or
// below the floor had settled when the floor was raised, so it is in rows that are read after it. Claim.AsOf is the
// least floor less Config.Ahead, and Claim.Region is empty. The cache is not asked: without marks nobody knows what a
// cached row is good for. With one journal there is no such answer.
//
// # What a caller may rely on
//
// The order of reading is the direction in which data moves (T9): floor, journal, the row of the source with the
// deletions that stand, chunks and rollups. The types leave no other: there are no leaves without a series, no series
// without a source, no source without a question. So what is under way from the journal to the account is seen at one
// of the two, or at both, and then counts once.
//
// Every reading that was acknowledged before Claim.AsOf is in, unless a later value, a deletion or the retention took
// its place. Later ones may be in, and of two series of one question one may be newer than the other. What is given
// does not depend on what was compacted when: the same readings, byte for byte; only the cut into leaves, and whether
// a rollup may stand for readings, follow the account.
//
// What is remembered never makes an answer shorter. A cached row counts only if no block left the journal and no
// deletion was forgotten since it was fetched. That a row is absent is never cached, nor shared between questions. A
// window without a row counts as empty only if it is a year, or under a parent that this question read as a split
// marker at the account: before the window, or beside it and with the version that was known before, for versions
// never come back. What is known of splits from earlier says what to read ahead, and no more.
//
// Either all of it is given, or an error of domain/fault: Unavailable where journal or account do not answer or change
// under the reader (ask again, with a new question), Corrupt, Canceled. What was yielded before an error is right, and
// not all.
//
// A Question may be used by several callers at once, and for long: it keeps the journal's blocks of its moment in
// memory, and its claim does not move. A Source is for one caller at a time.
package readpath
