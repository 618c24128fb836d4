package planted

import (
	"slices"

	"tidemark/domain/planted"
)

// Bugs lists all of them: those of the use cases, then those of the simulator.
func Bugs() []Bug { return append(useCases(), simulated()...) }

// useCase is a bug of the use cases.
func useCase(n planted.Name, breaks, guard string) Bug {
	return Bug{Name: string(n), Breaks: breaks, Guard: guard}
}

// hidden is one that no schedule of world can find.
func hidden(n planted.Name, breaks, guard, why string) Bug {
	b := useCase(n, breaks, guard)
	b.Why = why
	return b
}

func useCases() []Bug {
	return slices.Concat(compacting(), writing(), pairing(), reading(), working())
}

func pairing() []Bug {
	const at = "domain/continuity "
	return []Bug{
		useCase(planted.BothOfOne, "T1: both is said of what one journal has",
			"domain/ingest TestAJournalThatIsAwayIsNotWaitedForLong"),
		useCase(planted.GivenUpAcked, "section 3: what was given up in both journals is acknowledged",
			"domain/stream TestStoriesOfSending"),
		useCase(planted.VoidOfOne, "T8: what one journal lacks is made void in both", at+
			"TestADeadStreamIsCompletedInBoth"),
		useCase(planted.CopyOneWay, "T10: blocks are copied one way", at+"TestWhatOneLacksIsCopied"),
		useCase(planted.SealUnseen, "T8: a stream is sealed although something came since the sealer looked", at+
			"TestASealSeesACopy"),
		useCase(planted.FloorOfOneJournal, "T6: the floor does not look at the other journal",
			"domain/compaction TestTheFloorAsksBothJournals"),
		useCase(planted.EndedWhereIdle, "T8: a stream is ended that takes appends in the other journal", at+
			"TestAStreamThatLivesInOneJournalLives"),
		useCase(planted.UnfilledAlone, "T10: a journal that was never filled is read alone", at+
			"TestAJournalThatIsNotFilledIsNotReadAlone"),
		useCase(planted.BothUnderOldPair, "T1: both is said on, although another journal has taken the place of one",
			at+"TestAJournalIsEmptiedUnderAPairing"),
		useCase(planted.AnyGeneration, "T1: a process goes on with whichever generation of a journal is there",
			"simulator/world TestGenerations"),
		useCase(planted.EvenWhenFound, "T10: both journals are said to be the same up to when a round ended", at+
			"TestWhatIsToldIsWhatTheSweepBeganWith"),
		hidden(planted.EvenOfAnotherPair, "T10: what was read of a pair counts when it is none any more", at+
			"TestAPairThatIsNoneAnyMoreSpeaksForNothing", "what a row says stays true of the two generations that "+
			"it names, and calls to any other are refused: such a claim lacks its proof, and is not false"),
		useCase(planted.MarksApart, "T3: a mark does not follow the other journal's; holes stay", at+
			"TestMarksFollow"),
	}
}

func compacting() []Bug {
	const at, w = "domain/compaction ", "simulator/world "
	return []Bug{
		useCase(planted.PurgeOneFloor, "T6: a purge takes the floor of one shard; chunks claim blocks of others",
			w+"TestPurgeLeavesBlocksOfOtherShardsAlone"),
		useCase(planted.CatalogueUnsettled, "T3: catalogue rows need not be settled", at+
			"TestDroppedOnlyBelowTheTidemark"),
		useCase(planted.FoldProven, "T3: a fold's blocks count as proven at once; a lost race drops them",
			at+"TestCoverageIsOfTheRowJustRead"),
		useCase(planted.MarkOverHole, "T3: the mark moves over a hole; a late block is lost", at+
			"TestAHoleStopsTheMark"),
		useCase(planted.EvidenceForever, "T3: evidence never expires; a frozen drop", at+"TestEvidenceExpires"),
		useCase(planted.RewriteAlways, "T4: rows are rewritten at every pass; nothing settles",
			at+"TestARowIsNotRewrittenBeforeItSettled"),
		useCase(planted.FloorBlind, "T6: the floor does not look at the journal", at+"TestFloor"),
		useCase(planted.FloorUnbounded, "T6: the floor has no bound; appends under way are below it", at+"TestFloor"),
		useCase(planted.ChildrenOfFailedSplit, "T9: children are written although the split failed; nobody reads them",
			at+"TestASplitThatDidNotHappenHasNoChildren"),
		useCase(planted.FoldWithoutDeletions, "T7: folds leave deletions out", w+"TestDeletedDoesNotReturn"),
		useCase(planted.SealWithoutVoids, "T8: seals without voids; streams never finish",
			"domain/sweep TestSweepSealsWithVoids"),
		hidden(planted.LostIsVoid, "T10: what was acknowledged and is gone becomes void, and nobody is told",
			"domain/sweep TestALostNumberIsNoVoid", "no schedule gives a journal up"),
		useCase(planted.SealAtMark, "T8: a stream is sealed at its mark, whatever is above it",
			"domain/sweep TestSweepSealsWithVoids"),
		useCase(planted.CoverageTooLong, "T2: coverage is one number too long", at+"TestCoverageIsOfTheRowJustRead"),
		useCase(planted.SplitFailsOnLeftovers, "a split fails on rows that a failover left; the journal never empties",
			w+"TestRowsOfASplitThatWasUndone"),
		useCase(planted.SwapWithoutLease, "T3: a row is made below a marker that a failover has undone",
			w+"TestACompactorThatWakesUpAfterAFailover"),
		useCase(planted.WaitsByJournalClock, "what was written waits by the journal's clock; blocks stay for the skew",
			w+"TestClocksOfJournalAndAccountApart"),
		useCase(planted.DeletionForgotten, "T7: a deletion is forgotten before chunks have passed it",
			w+"TestDeletedDoesNotReturn"),
		useCase(planted.MarginNone, "T3: no margin below the tidemark, and a second above it", at+
			"TestDroppedOnlyBelowTheTidemark"),
		useCase(planted.TideUnheard, "T3: everything counts as replicated, whatever the tidemark is",
			at+"TestDroppedOnlyBelowTheTidemark"),
		useCase(planted.TideOfHome, "T3: rows of another account settle by the tidemark of the first",
			"domain/node TestABlockInTwoAccounts"),
	}
}

func writing() []Bug {
	const at, w = "domain/ingest ", "simulator/world "
	return []Bug{
		useCase(planted.AckedOutOfOrder, "sections 3 and 5: acknowledged out of order", at+"TestAcknowledgedInOrder"),
		useCase(planted.LateAcked, "T6: a late append is acknowledged", at+"TestALateAppendIsNotAcknowledged"),
		useCase(planted.ResentRestamped, "T5, T8: what is sent again gets a new stamp", at+
			"TestWhatIsSentAgainKeepsItsStamp"),
		useCase(planted.FencedAcked, "T8: an append to a stream that was ended counts as stored",
			at+"TestFencedWriterSendsAgainUnderANewStreamWithTheFirstStamp"),
		useCase(planted.UnknownRefused, "section 3: an unknown outcome is called a refusal", at+
			"TestAppendOverTheBoundIsIndeterminate"),
		hidden(planted.LabelsOfUnfit, "labels count as known though they did not fit into the block",
			at+"TestLabelsOfPiecesThatDidNotFit", "no block of a schedule reaches a megabyte"),
		useCase(planted.LabelsUnderWay, "labels count as known while under way", at+
			"TestLabelsOfABlockThatNeverLanded"),
		useCase(planted.ClockUnheard, "T5: a block closes although the clock was not heard; a stamp ahead hides a "+
			"correction",
			at+"TestNoBlockClosesBeforeTheClockIsKnown"),
		useCase(planted.ClockUncorrected, "T5: the journal's clock is heard, and the node keeps its own",
			w+"TestClocksDaysApart"),
		useCase(planted.StepUnnoticed, "T5: a node's clock is set, and its old correction goes on; a correction is "+
			"hidden",
			at+"TestAClockThatIsSetUnderLoad"),
		useCase(planted.StampsUnseen, "T5: stamps seen in the journal do not lift those that are given",
			at+"TestStampsSeenBeforeTheClockCountWithIt"),
	}
}

func reading() []Bug {
	const at, tail, w = "domain/readpath ", "domain/tail ", "simulator/world "
	return []Bug{
		useCase(planted.CachedUnderAnyMarks, "T9: cached rows count under any marks",
			at+"TestACachedChunkCountsUnderItsMarksOnly"),
		useCase(planted.MarksOfAnotherJournal, "T9: a row cached under one journal's marks counts beside the other",
			at+"TestARowCachedUnderOneJournalsMarksIsNotUsedBesideTheOther"),
		useCase(planted.LoadBeforePurge, "T7, T9: a shared load from before a purge is used after it",
			at+"TestALoadFromBeforeThePurgeIsNotShared"),
		useCase(planted.FloorReadLate, "T9: the floor is read after the journal; blocks are hidden from cached rows",
			at+"TestAFloorReadLateHidesNothing"),
		useCase(planted.RollupBesideBlocks, "a rollup is used beside blocks it lacks; sums depend on compaction",
			at+"TestACachedChunkCountsUnderItsMarksOnly"),
		useCase(planted.SplitRemembered, "T2: a split that is remembered stands for its marker; short after a failover",
			w+"TestAFailoverBringsWholeWindowsBack"),
		useCase(planted.MarkerHoldsForever, "T2: absent children are empty however long ago their marker was read",
			w+"TestAQuestionOutlivesAFailover"),
		useCase(planted.SecondaryOnOldLive, "T2: a secondary is read however long ago it was seen live; one that is "+
			"being filled lacks rows", "domain/node TestASecondaryThatIsBeingFilledIsNotRead"),
		useCase(planted.EndpointsMixed, "T2: the rows of one question are of both endpoints of the account",
			at+"TestAQuestionStaysAtItsEndpoint"),
		useCase(planted.HintsOfAnotherEndpoint,
			"T2: splits seen at the primary say what to read ahead at the secondary",
			at+"TestSplitsSeenAtOneEndpointAreNoHintsForTheOther"),
		useCase(planted.RowsAloneAreFresh, "T6: rows that are read without a journal are claimed to be as of now",
			at+"TestWithoutAJournalRowsAnswerAsOfTheFloor"),
		useCase(planted.TailFromGreatest, "section 4: a tail goes on from its greatest number; holes stay",
			tail+"TestSnapshotFollowsAppendsHolesAndDrops"),
		useCase(planted.TailMarksFirst, "T9: an answer goes by marks that were read before its blocks",
			tail+"TestPartsAndQuestionsBesideOneAnother"),
	}
}

func working() []Bug {
	const at = "domain/work "
	steady := at + "TestSteadyLoadOfManyShards"
	const economy = "it costs passes and messages, and loses nothing; the queue of a schedule is short"
	return []Bug{
		hidden(planted.HintForEach, "every hint gets a worker; the queue grows for ever",
			"simulator/world TestHintsDoNotMultiply", economy),
		hidden(planted.HiddenForNone, "a hidden hint does not stand for others; messages multiply", steady, economy),
		hidden(planted.WorkerWaits, "a worker waits between passes; the queue grows, purges starve", steady, economy),
		hidden(planted.PurgeBehindCompactions, "purges wait behind compactions; they starve under load", steady,
			economy),
		hidden(planted.NoHintForRest, "a pass that leaves blocks behind sends no hint", at+"TestOneHintIsEnough",
			"the sweeper goes on"),
		hidden(planted.NextHintEarly, "the next hint is deleted as a repetition", at+"TestOneHintIsEnough",
			"the sweeper goes on"),
		hidden(planted.HintInPassForgotten, "a hint during a pass is forgotten", at+"TestManyHintsAreOnePass",
			"the sweeper goes on"),
		hidden(planted.RepetitionOfItself, "a message that comes back is a repetition of itself", at+
			"TestALeaseThatWasLost",
			"the sweeper goes on"),
		hidden(planted.QueuedNotRedriven, "a queued task is not driven again", at+"TestRedriveMaySendAgain",
			"clients of world drive no task again"),
		hidden(planted.NewerIsPoison, "a message of a newer program is poison at once",
			at+"TestNewerMessagesAreLeftToNewerPrograms", "world has one version of the program"),
	}
}
