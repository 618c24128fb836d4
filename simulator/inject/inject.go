// Package inject says what goes wrong: rules as values that print themselves, and an engine that decides for each
// call, from a seed.
//
// A rule is written as a person says it: what happens, then to what.
//
//	reset after commit if from=east to=west service=table operation=insert table=Orders* p=0.1 times=3 name=lost-answers
//	delay uniform 10ms 200ms if service=queue
//	status 503 ServerBusy delayed constant 1s if operation=query-entities p=0.5
//	throttle 2000/s burst 4000 by partition if service=table
//	hang if to=west nth=3
//	hold uniform 1s 90s if service=table (operation=insert or operation=batch) not table=Log* p=0.01
//
// The package has no clock and does nothing: time is an argument, and who asks carries out the decision.
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

var operations = []string{CreateTable, DeleteTable, ListTables, GetEntity, QueryEntities, Insert, Update, Merge, Upsert,
	UpsertMerge,
	Delete, Batch, Stats, Properties, ACL, CreateQueue, DeleteQueue, ListQueues, QueueMetadata, PutMessage, GetMessages,
	PeekMessages,
	UpdateMessage, DeleteMessage, ClearMessages, Other}

// The services, as calls name them.
const (
	tableService   = "table"
	queueService   = "queue"
	redisService   = "redis"
	computeService = "compute"
)

// ports are those of the program whose methods may be operations, as journal.append.
var ports = []string{"journal", "chunks", "queue", "cache", "account"}

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
