package schema

import "time"

// TasksBody is tasks.
type TasksBody struct {
	Tasks []TaskBody `json:"tasks" nullable:"false" doc:"By id."`
	Next  string     `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// TaskBody is background work that failed too often, and what became of it.
type TaskBody struct {
	ID         string    `json:"id" doc:"The name."`
	Kind       string    `json:"kind" example:"compact" doc:"What is done."`
	Shard      uint16    `json:"shard" doc:"The tenant's shard it is done to."`
	State      string    `json:"state" enum:"poisoned,queued,done" doc:"poisoned: put aside; queued: driven again; done."`
	Reason     string    `json:"reason,omitempty" doc:"Why it failed."`
	Deliveries int       `json:"deliveries" minimum:"0" doc:"How often it was tried."`
	Updated    time.Time `json:"updated" doc:"When the state last changed."`
}

// Report is the state of the service as this node sees it. What it says of readings, blocks and tasks is the tenant's
// own.
type Report struct {
	Version  string          `json:"version" doc:"Of the program."`
	Region   string          `json:"region" doc:"Where this node runs."`
	Mode     string          `json:"mode" enum:"normal,exposed,read-only,unavailable" doc:"normal: this node reaches the journal, or both where there are two. exposed: it reaches one of two; what is written is in one region only, and labelled one. read-only: it reaches neither of two; writes are 503 here until it does. unavailable: it does not reach the only one; writes and questions are 503 here until it does."`
	Account  string          `json:"account" enum:"settling,paused,growing" doc:"settling: data moves from the journal to the account. paused: this node does not reach the account's primary endpoint; writes go on if a journal is within reach, and questions as long as the account has a copy that can be read. growing: there is no tidemark, so nothing leaves the journal."`
	Away     []string        `json:"accounts_away,omitempty" nullable:"false" doc:"Where there are several accounts, the names of those whose primary endpoint this node does not reach; absent while it reaches all. What they hold is answered as long as they have a copy that can be read; everything needs the first."`
	Tidemark TidemarkReport  `json:"tidemark" doc:"Up to when the account is in both regions."`
	Journals []JournalReport `json:"journals" nullable:"false" doc:"The journal of each region, the nearest first."`
	Pair     *PairReport     `json:"pair,omitempty" doc:"How the two journals are to each other; absent where there is one."`
	AtRisk   *int64          `json:"readings_at_risk,omitempty" minimum:"0" doc:"Your readings that were acknowledged and lie in one region only. With one journal: when this node last looked at your blocks; absent while it has not. With two: those that this node acknowledged one since it started and that are not known to be in both since."`
	Poisoned *int            `json:"tasks_poisoned,omitempty" minimum:"0" doc:"How many of your tasks, of the first thousand, failed too often and wait for somebody to look; absent while the account does not say."`
}

// TidemarkReport is the tidemark and its age.
type TidemarkReport struct {
	State      string     `json:"state" enum:"single,live,bootstrap,unavailable" doc:"Of the account's replication; single is an account without any."`
	At         *time.Time `json:"at,omitempty" doc:"Everything the account committed before is in both regions; absent when that is not known."`
	AgeSeconds *float64   `json:"age_seconds,omitempty" minimum:"0" doc:"How far it is behind."`
}

// JournalReport is a tenant's part of one region's journal.
type JournalReport struct {
	Region     string   `json:"region" doc:"Where it lies."`
	Reachable  bool     `json:"reachable" doc:"Whether this node reaches it."`
	Health     string   `json:"health,omitempty" enum:"well,returning,lost,unknown" doc:"What this node has heard of it lately. well: it answers. returning: it was lost and answers again, not for long yet. lost: it does not answer. unknown: nothing was heard for half a minute. Absent where there is one journal: it is asked for this answer."`
	Blocks     *int64   `json:"blocks,omitempty" minimum:"0" doc:"Your blocks in it that are not settled yet, when this node last looked; absent while it has not, then ask again, and for a journal that it does not follow."`
	Bytes      *int64   `json:"bytes,omitempty" minimum:"0" doc:"Their bytes."`
	AgeSeconds *float64 `json:"age_seconds,omitempty" minimum:"0" doc:"How long ago that was. Questions and compactions look, and while somebody asks for the status the node does every few seconds, if the journal answers."`
}

// PairReport is how the journals of two regions are to each other, as this node knows.
type PairReport struct {
	Holds      bool       `json:"holds" doc:"Whether both were read of late to name each other. While they were not, nothing is acknowledged both."`
	Even       *time.Time `json:"even,omitempty" doc:"Everything that was stored in either before is in both; absent where no sweep of this node has found it, and none that it has heard of."`
	AgeSeconds *float64   `json:"even_age_seconds,omitempty" minimum:"0" doc:"How long ago that is."`
	Copied     *int64     `json:"blocks_copied,omitempty" minimum:"0" doc:"Blocks of all tenants that this node copied from one to the other since it started; only for callers with the role Operations.Act."`
}

// Health is the body of a probe.
type Health struct {
	Status string `json:"status" enum:"live,ready" doc:"What is so."`
}
