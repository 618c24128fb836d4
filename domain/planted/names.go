package planted

// Name names a bug. Its text is in no program that is built without the tag planted, and a test looks for it there.
type Name string

// Of domain/compaction.
const (
	// PurgeOneFloor has a purge take the floor of one shard: chunks claim blocks of other shards (T6).
	PurgeOneFloor Name = "purge-one-floor"
	// CatalogueUnsettled drops blocks whose catalogue rows have not settled (T3).
	CatalogueUnsettled Name = "catalogue-unsettled"
	// FoldProven takes what a fold wrote, or lost to another, for evidence at once (T3).
	FoldProven Name = "fold-proven-at-once"
	// MarkOverHole moves a dropped mark over a number that was never seen (T3).
	MarkOverHole Name = "mark-over-hole"
	// EvidenceForever has evidence that never expires: a process that was frozen drops by it (T3).
	EvidenceForever Name = "evidence-forever"
	// RewriteAlways rewrites rows at every pass: they never settle (T4).
	RewriteAlways Name = "rewrite-always"
	// FloorBlind raises a floor without looking at the journal (T6).
	FloorBlind Name = "floor-blind"
	// FloorUnbounded raises a floor up to now: appends under way are below it (T6).
	FloorUnbounded Name = "floor-unbounded"
	// ChildrenOfFailedSplit writes children of a split that did not happen: nobody reads them (T9).
	ChildrenOfFailedSplit Name = "children-of-failed-split"
	// FoldWithoutDeletions makes chunks without what stands against them (T7).
	FoldWithoutDeletions Name = "fold-without-deletions"
	// SealWithoutVoids ends streams without proving what was never stored (T8).
	SealWithoutVoids Name = "seal-without-voids"
	// LostIsVoid makes void what was acknowledged and is gone, in one journal (T10).
	LostIsVoid Name = "lost-is-void"
	// SealAtMark seals a stream at its dropped mark, whatever is above it (T8).
	SealAtMark Name = "seal-at-mark"
	// CoverageTooLong has a chunk claim one number more than it includes (T2).
	CoverageTooLong Name = "coverage-too-long"
	// SplitFailsOnLeftovers gives a split up where a failover left rows of an earlier one: the journal never empties.
	SplitFailsOnLeftovers Name = "split-fails-on-leftovers"
	// SwapWithoutLease makes rows below a marker that was read long ago: a failover may have undone it (T3).
	SwapWithoutLease Name = "swap-without-lease"
	// WaitsByJournalClock waits for the tidemark by the clock of another storage.
	WaitsByJournalClock Name = "waits-by-journal-clock"
	// DeletionForgotten forgets a deletion that chunks have not passed (T7).
	DeletionForgotten Name = "deletion-forgotten"
	// MarginNone has no margin below the tidemark: what was written in its second counts as replicated (T3).
	MarginNone Name = "margin-none"
	// TideUnheard takes everything for replicated, whatever the tidemark is (T3).
	TideUnheard Name = "tide-unheard"
	// TideOfHome takes the tidemark of the first account for that of every other (T3).
	TideOfHome Name = "tide-of-home"
)

// Of domain/ingest.
const (
	// AckedOutOfOrder acknowledges a block before those before it in its stream.
	AckedOutOfOrder Name = "acked-out-of-order"
	// LateAcked acknowledges what was stored later than the bound (T6).
	LateAcked Name = "late-acked"
	// ResentRestamped gives what is sent again a new stamp (T5, T8).
	ResentRestamped Name = "resent-restamped"
	// FencedAcked takes the refusal of an append to a stream that was ended for success (T8).
	FencedAcked Name = "fenced-acked"
	// UnknownRefused says of readings whose block is under way that they were refused.
	UnknownRefused Name = "unknown-refused"
	// LabelsOfUnfit counts labels as said of a piece that did not fit into its block.
	LabelsOfUnfit Name = "labels-of-unfit"
	// LabelsUnderWay counts labels as said while their block is under way.
	LabelsUnderWay Name = "labels-under-way"
	// ClockUnheard closes a block before the journal has said what time it is (T5).
	ClockUnheard Name = "clock-unheard"
	// StepUnnoticed goes on with the correction of a clock that was set since (T5).
	StepUnnoticed Name = "step-unnoticed"
	// ClockUncorrected hears the journal's clock, and keeps its own (T5).
	ClockUncorrected Name = "clock-uncorrected"
	// StampsUnseen does not lift stamps above those seen in the journal (T5).
	StampsUnseen Name = "stamps-unseen"
)

// Of two journals, in domain/ingest, domain/continuity, domain/compaction and ports/journal.
const (
	// GivenUpAcked acknowledges a block that its stream gave up in both journals (section 3).
	GivenUpAcked Name = "given-up-acked"
	// BothOfOne says both of what one journal has (T1).
	BothOfOne Name = "both-of-one"
	// VoidOfOne makes void in both what the near journal lacks, without looking at the other (T8).
	VoidOfOne Name = "void-of-one"
	// CopyOneWay copies to the near journal alone (T10).
	CopyOneWay Name = "copy-one-way"
	// SealUnseen seals whatever came since the sealer looked (T8).
	SealUnseen Name = "seal-unseen"
	// FloorOfOneJournal raises a floor without looking at the other journal (T6).
	FloorOfOneJournal Name = "floor-of-one-journal"
	// EndedWhereIdle ends a stream that takes no appends in one journal, although it does in the other (T8).
	EndedWhereIdle Name = "ended-where-idle"
	// MarksApart leaves the mark of a journal where it is when the other's has moved: holes stay (T3).
	MarksApart Name = "marks-apart"
	// UnfilledAlone reads a journal that has not had every block of its peer without that (T10).
	UnfilledAlone Name = "unfilled-alone"
	// BothUnderOldPair says both on, although another journal has taken the place of one of the two (T1).
	BothUnderOldPair Name = "both-under-old-pair"
	// EvenWhenFound writes down as even the time at which a round ended: what was stored meanwhile it has not seen.
	EvenWhenFound Name = "even-when-found"
	// EvenOfAnotherPair goes on with what was read of a pair that is none any more.
	EvenOfAnotherPair Name = "even-of-another-pair"
	// AnyGeneration has a process go on with whichever generation of a journal is there (T1).
	AnyGeneration Name = "any-generation"
)

// Of domain/readpath and domain/tail.
const (
	// CachedUnderAnyMarks uses cached rows whatever the marks are (T9).
	CachedUnderAnyMarks Name = "cached-under-any-marks"
	// MarksOfAnotherJournal uses a row that was cached under the marks of one journal beside the other (T9).
	MarksOfAnotherJournal Name = "marks-of-another-journal"
	// LoadBeforePurge shares a row that was asked for before a purge with who knows of the purge (T7, T9).
	LoadBeforePurge Name = "load-before-purge"
	// FloorReadLate reads the floor after the journal: blocks are hidden from cached rows (T9).
	FloorReadLate Name = "floor-read-late"
	// RollupBesideBlocks uses a rollup beside blocks that it lacks: sums depend on compaction.
	RollupBesideBlocks Name = "rollup-beside-blocks"
	// SplitRemembered has a split that is remembered stand for its marker: short after a failover (T2).
	SplitRemembered Name = "split-remembered"
	// MarkerHoldsForever counts absent children as empty however long ago their marker was read (T2).
	MarkerHoldsForever Name = "marker-holds-forever"
	// SecondaryOnOldLive reads the secondary of an account however long ago it was seen live (T2): one that is being
	// filled lacks rows.
	SecondaryOnOldLive Name = "secondary-on-old-live"
	// EndpointsMixed chooses the account's endpoint anew for each row of a question (T2).
	EndpointsMixed Name = "endpoints-mixed"
	// HintsOfAnotherEndpoint goes by splits that were seen at the other endpoint of the account (T2).
	HintsOfAnotherEndpoint Name = "hints-of-another-endpoint"
	// RowsAloneAreFresh claims that rows without a journal are as of now, and not as of the floor (T6).
	RowsAloneAreFresh Name = "rows-alone-are-fresh"
	// TailFromGreatest goes on from the greatest number of a stream that was seen: holes stay.
	TailFromGreatest Name = "tail-from-greatest"
	// TailMarksFirst answers by marks that were read before the blocks (T9).
	TailMarksFirst Name = "tail-marks-first"
)

// Of domain/work.
const (
	// HintForEach gives every hint a worker: the queue grows.
	HintForEach Name = "hint-for-each"
	// HiddenForNone has a hidden hint stand for no other: passes and messages multiply.
	HiddenForNone Name = "hidden-for-none"
	// WorkerWaits has a worker wait between passes: the queue grows, purges starve.
	WorkerWaits Name = "worker-waits"
	// PurgeBehindCompactions has purges wait behind compactions: they starve under load.
	PurgeBehindCompactions Name = "purge-behind-compactions"
	// NoHintForRest sends no hint after a pass that leaves blocks behind.
	NoHintForRest Name = "no-hint-for-rest"
	// NextHintEarly sends the next hint before the shard is free: it is deleted as a repetition.
	NextHintEarly Name = "next-hint-early"
	// HintInPassForgotten forgets a hint that comes during a pass.
	HintInPassForgotten Name = "hint-in-pass-forgotten"
	// RepetitionOfItself takes a message that comes back for a repetition of itself.
	RepetitionOfItself Name = "repetition-of-itself"
	// QueuedNotRedriven does not send a queued task again whose first send may have failed.
	QueuedNotRedriven Name = "queued-not-redriven"
	// NewerIsPoison buries a message of a newer program at once.
	NewerIsPoison Name = "newer-is-poison"
)
