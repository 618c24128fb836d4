// Package continuity keeps the journals of two regions the same, so that either can be lost: it is what makes one
// write-ahead log of two.
//
// A writer appends to both journals, and goes on when one is away. What one of them lacks is copied from the other, for
// ever and both ways (anti-entropy, T10); a stream whose writer is gone is ended in both, what neither has becomes a
// void in both, and then its last number is written into both (T8). What one has dropped the other drops too: it was
// settled. All of it works on the journals alone and on what was just read of them; what is remembered saves calls and
// decides nothing. While one journal is away nothing is ended, voided, sealed or moved up.
//
// It may run on any number of machines at once: every step is one that a journal decides (domain/stream), and one that
// somebody else made meanwhile is left to the next round.
//
// Pairing tells whether both journals were read of late to name each other, without which nothing is both (T1).
package continuity
