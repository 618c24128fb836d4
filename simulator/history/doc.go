// Package history is the log of a run as values and as JSON lines: what clients asked and were answered, and what the
// simulator itself knows to have happened. Checkers read it and nothing else (simulator/check).
//
// The first line is a Header with the version of the format. Every other line is a Record:
//
//	{"type":"invoke","op":1,"at":"…","process":"c1","call":{"kind":"write","tenant":"t","readings":[…]}}
//	{"type":"ok","op":1,"at":"…","answer":{"durability":"both","origin":{"stamp":"19b76da0001","number":7}}}
//	{"type":"fail","op":2,"at":"…","why":"throttled"}
//	{"type":"info","op":3,"at":"…","why":"no answer in 5 s"}
//	{"type":"truth","at":"…","event":{"at":"…","account":"geo","kind":"commit","entry":{"seq":1,…}}}
//	{"type":"phase","at":"…","phase":"healed"}
//	{"type":"left","at":"…","left":{"what":"blocks in the journal","count":3}}
//	{"type":"comment","text":"for whoever reads the file"}
//
// An operation is an invoke and at most one end. It ends as ok: done, and answered. As fail: certainly not done, now or
// later. As info: nobody knows. A time-out, a lost answer and a refusal that may come after the deed are always info,
// and so is an operation without an end. What ended as info may take effect at any moment after its invoke, also after
// its end.
//
// The order of the lines is the order in which things happened: an operation whose end stands before another's invoke
// was over when that one began. Times say how much later, and are compared with what answers claim; they are of one
// clock, that of the run, virtual or real. Histories of processes with files of their own are put together by Join,
// the only place where times decide the order.
package history
