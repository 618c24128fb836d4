// Package inject is the one vocabulary of faults: everything that can go wrong in the simulator, as values with one
// text form each, and an engine that decides what happens to each call, from a seed.
//
// A Fault is a rule for calls, or something that happens to a region, a path, a process, a disk, an account or a clock.
// It is written as a person says it, and ParseFault takes it back:
//
//	reset after commit if from=east to=west service=table operation=insert table=Orders* p=0.1 times=3 name=lost-answers
//	hold uniform 1s 90s if service=table (operation=insert or operation=batch) not table=Log* p=0.01
//	status 503 ServerBusy delayed constant 1s if operation=query-entities every=5
//	throttle 2000/s burst 4000 by partition if service=table
//	region east out: hang
//	network cut from=east to=west service=table: refuse
//	process east/node-1 freeze
//	account tidemark lag table=orders partition=A: constant 1m
//	account tidemark failover: unplanned
//	account tidemark last-sync-time: stuck
//	clock west drift: 200µs/s
//	disk east/node-1 full
//
// The package schedule puts faults in time. Nothing here has a clock or does anything: time is an argument, randomness
// comes from a seed, and who asks carries the faults out.
//
// From the bottom: pattern, distribution and keywords; condition (which calls); rule (a fault of calls), with its check
// and its parser; engine and buckets (what happens to a call); fault (what every fault can do), and the others, each in
// a file of its own; fault_parse (any text).
package inject

// Operations of the storage services, as rules and events name them.
const (
	CreateTable   = "create-table"
	DeleteTable   = "delete-table"
	ListTables    = "list-tables"
	GetEntity     = "get-entity"
	QueryEntities = "query-entities"
	Insert        = "insert"
	Update        = "update"
	Merge         = "merge"
	Upsert        = "upsert"
	UpsertMerge   = "upsert-merge"
	Delete        = "delete"
	Batch         = "batch"
	Stats         = "stats"
	Properties    = "properties"
	ACL           = "acl"
	CreateQueue   = "create-queue"
	DeleteQueue   = "delete-queue"
	ListQueues    = "list-queues"
	QueueMetadata = "queue-metadata"
	PutMessage    = "put-message"
	GetMessages   = "get-messages"
	PeekMessages  = "peek-messages"
	UpdateMessage = "update-message"
	DeleteMessage = "delete-message"
	ClearMessages = "clear-messages"
	Other         = "other"
)

// Operations are those that a rule may name, without the methods of ports.
func Operations() []string { return append([]string(nil), operations...) }

var operations = []string{CreateTable, DeleteTable, ListTables, GetEntity, QueryEntities, Insert, Update, Merge, Upsert,
	UpsertMerge, Delete, Batch, Stats, Properties, ACL, CreateQueue, DeleteQueue, ListQueues, QueueMetadata, PutMessage,
	GetMessages, PeekMessages, UpdateMessage, DeleteMessage, ClearMessages, Other}

// The services, as calls name them.
const (
	tableService   = "table"
	queueService   = "queue"
	redisService   = "redis"
	computeService = "compute"
)

// ports are those of the program whose methods may be operations, as journal.append.
var ports = []string{"journal", "chunks", "secondary", "queue", "cache", "account"}

var services = []string{tableService, queueService, redisService, computeService}

// Call is one request on its way. The empty string is what a call does not have (a query over partitions has no
// Partition).
type Call struct {
	From      string `json:"from"` // the caller's vantage: a region, or "outside"
	To        string `json:"to"`   // the region that serves it
	Service   string `json:"service"`
	Account   string `json:"account,omitempty"`
	Operation string `json:"operation,omitempty"`
	Container string `json:"container,omitempty"` // table or queue
	Partition string `json:"partition,omitempty"`
}
