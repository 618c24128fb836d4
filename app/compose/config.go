package compose

import (
	"strings"
	"time"
)

// Config is everything a person can set. The tags are kong's: app/tidemark makes flags and environment variables of
// them, and docs/configuration.md and Default are made of the same.
type Config struct {
	Node      NodeConfig `embed:"" group:"Node"`
	HTTP      HTTP       `embed:"" group:"HTTP"`
	Tenants   Tenants    `embed:"" group:"Tenants"`
	Storage   Storage    `embed:"" group:"Storage"`
	Cache     Cache      `embed:"" group:"Cache"`
	Writing   Writing    `embed:"" group:"Writing"`
	Reading   Reading    `embed:"" group:"Reading"`
	Work      Work       `embed:"" group:"Background work"`
	Telemetry Telemetry  `embed:"" group:"Telemetry"`
	Log       Log        `embed:"" group:"Logs"`
}

// NodeConfig is what this process is.
type NodeConfig struct {
	Name   string `name:"node" help:"Name of this process in logs, metrics and traces; the host's name when empty." placeholder:"NAME"`
	Role   Role   `help:"What this process does: api, worker or both." enum:"api,worker,both" default:"both"`
	Region string `help:"Region that this process, its journal and its queue are in." default:"east" placeholder:"NAME"`
}

// Role is what a node does.
type Role string

// The roles.
const (
	RoleAPI    Role = "api"
	RoleWorker Role = "worker"
	RoleBoth   Role = "both"
)

// Serves reports whether the role answers the API.
func (r Role) Serves() bool { return r != RoleWorker }

// Works reports whether the role does background work.
func (r Role) Works() bool { return r != RoleAPI }

// HTTP is the listener. A worker listens too: for its health and its metrics.
type HTTP struct {
	Listen      string        `help:"Address to listen on; port 0 takes a free one." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Timeout     time.Duration `name:"request-timeout" help:"Longest that the work of one request may take." default:"30s"`
	TenantRate  float64       `help:"Requests a second of one tenant, over which the answer is 429; 0 does not limit." default:"0" placeholder:"N"`
	TenantBurst int           `help:"Requests of one tenant at once, when they are limited; 0 is the rate, rounded up." default:"0" placeholder:"N"`
	BodyMemory  int64         `help:"Bytes that the bodies of all requests hold together, as sent and after decompression. Where that is not enough, bodies wait, slow ones are cut off with 408, and then the answer is 429. At least 16777216, which takes bodies of up to 4 MiB only." default:"134217728" placeholder:"BYTES"`
	SourceTags  []string      `help:"Tags of line protocol that name the source where there is no tag \"source\", for instance host. The other tags stay part of the name, as e,cpu=cpu0, but for those of --label-tags." placeholder:"TAG"`
	LabelTags   []string      `help:"Tags of line protocol that are labels only and do not tell sources apart; * is every tag of a line but the one that names its source." placeholder:"TAG"`
	Drain       time.Duration `help:"How long a stopping node still takes requests after it has said that it is not ready, so that a load balancer sees it." default:"0s"`
}

// Tenants says whose a request is.
type Tenants struct {
	Tenant    string `help:"Tenant of every request, where there is no token file." default:"default" placeholder:"NAME"`
	TokenFile string `help:"File with a line \"token,tenant\" for each token, or \"token,tenant,roles\" for one that may not do everything: Telemetry.Read, Telemetry.Write, Operations.Act, with spaces between them. Without it every request is taken, so listen on a loopback address only." placeholder:"FILE"`
}

// Storage is where readings are kept: a folder, memory, or Azure Storage when an account is named.
type Storage struct {
	Data     string `help:"Folder of the embedded store, made if there is none; \":memory:\" keeps nothing. Not used when an account is named." default:"tidemark-data" placeholder:"FOLDER"`
	MaxBytes int64  `help:"Size over which the embedded store's file does not grow. A write that finds no room in the file, which may be larger already, is refused with 503. At least 1048576; 0 is without bound." default:"0" placeholder:"BYTES"`

	Account           []string      `help:"Azure storage account of chunks, catalogue and tasks. Given again, as --account old --account new@DATE, chunks of readings from a date on lie in another, and nothing moves: docs/operations.md says how to add one. Give --account-key, --replication and URLs in the same order." placeholder:"NAME"`
	AccountKey        []Secret      `help:"Shared key of the account, base64; one for each account." placeholder:"KEY"`
	TableURL          []string      `name:"table-url" help:"Table endpoint of the account; https://ACCOUNT.table.core.windows.net when empty. One for each account, or none." placeholder:"URL"`
	Replication       []Replication `help:"What the account is, never guessed: none (LRS or ZRS, in one region) or ra-grs (RA-GRS or RA-GZRS, with a readable secondary in another). Needed with an account, one for each. With none for an account that replicates, a failover would lose what was acknowledged." placeholder:"none|ra-grs"`
	TableSecondaryURL []string      `name:"table-secondary-url" help:"Table endpoint of an ra-grs account's read-only secondary; https://ACCOUNT-secondary.table.core.windows.net when empty. One for each account that is ra-grs, or none." placeholder:"URL"`

	Journal        JournalPlace `help:"Where the journal and the queue lie: own-account, which --journal-account names, or same-account, that of the chunks. In the same account a failover of an ra-grs account rolls the journal back too, and acknowledged readings are lost." default:"own-account" placeholder:"own-account|same-account"`
	JournalAccount string       `help:"Azure storage account of the journal and the queue, locally redundant (LRS or ZRS). Needed with an account, unless the journal lies in the same." placeholder:"NAME"`
	JournalKey     Secret       `help:"Shared key of the journal's account." placeholder:"KEY"`
	JournalRegion  string       `help:"Region of the journal's account, where it is not this process's: where there is one journal, the nodes of every region use it." placeholder:"NAME"`
	JournalURL     string       `name:"journal-url" help:"Table endpoint of the journal's account." placeholder:"URL"`
	QueueURL       string       `name:"queue-url" help:"Queue endpoint of the journal's account." placeholder:"URL"`
	Queue          string       `help:"Name of the work queue; its poison queue is NAME-poison." default:"tidemark-work" placeholder:"NAME"`

	PeerAccount string `name:"peer-journal-account" help:"Azure storage account of the journal of the other region, locally redundant (LRS or ZRS). With it every reading is written to the journals of both regions, and survives the loss of either; without it there is one journal." placeholder:"NAME"`
	PeerKey     Secret `name:"peer-journal-key" help:"Shared key of the other region's journal." placeholder:"KEY"`
	PeerRegion  string `name:"peer-journal-region" help:"Region of the other journal." placeholder:"NAME"`
	PeerURL     string `name:"peer-journal-url" help:"Table endpoint of the other journal's account; https://ACCOUNT.table.core.windows.net when empty." placeholder:"URL"`

	TryTimeout time.Duration `name:"storage-timeout" help:"Longest that one call to the storage may take in a request. Background work waits ten times that." default:"1s"`
	Patience   time.Duration `name:"storage-patience" help:"How long a starting node waits for a storage that does not answer." default:"30s"`
}

// Memory is the folder's name that keeps nothing.
const Memory = ":memory:"

// Replication says whether an account has a readable secondary.
type Replication string

// The kinds of accounts that serve. There is no default: the tidemark of one is not that of the other.
const (
	ReplicationNone  Replication = "none"
	ReplicationRAGRS Replication = "ra-grs"
)

// JournalPlace says in which account the journal lies.
type JournalPlace string

// The places of a journal.
const (
	OwnAccount  JournalPlace = "own-account"
	SameAccount JournalPlace = "same-account"
)

// Azure reports whether the storage is Azure's.
func (s Storage) Azure() bool { return len(s.Account) > 0 && s.Account[0] != "" }

// Paired reports whether there are journals in two regions.
func (s Storage) Paired() bool { return s.PeerAccount != "" }

// Accounts names the accounts in words.
func (s Storage) Accounts() string {
	if len(s.Account) == 1 {
		return "the storage account " + s.Account[0]
	}
	return "the storage accounts " + strings.Join(s.Account, ", ")
}

// Cache is in front of the account's rows. The service works without it.
type Cache struct {
	Redis         string `help:"Redis to cache in; a cache in this process's memory when empty." placeholder:"HOST:PORT"`
	RedisUser     string `help:"User of the Redis." placeholder:"NAME"`
	RedisPassword Secret `help:"Password of the Redis." placeholder:"PASSWORD"`
	RedisTLS      bool   `name:"redis-tls" help:"Speak TLS to the Redis."`
	MemoryBytes   int    `name:"cache-bytes" help:"Size of the cache in this process's memory; 0 caches nothing." default:"67108864" placeholder:"BYTES"`
}

// Writing bounds the acceptance of readings.
type Writing struct {
	Shards      int           `help:"Shards of every tenant. The first node that serves writes the number down, and another is refused from then on." default:"1" placeholder:"N"`
	Flights     int           `help:"Appends under way at once for one shard; four times as many while whole blocks wait, as over a long distance." default:"2" placeholder:"N"`
	Linger      time.Duration `help:"How long a small block waits for more readings." default:"3ms"`
	MaxInFlight int64         `help:"Bytes of readings accepted and not yet durable, over which the answer is 429." default:"268435456" placeholder:"BYTES"`
	Journal     int64         `name:"journal-bytes" help:"Bytes of the journal over which writes are answered 503, as far as this node follows the journal: one that works in the background follows all of it. 0 is no bound." default:"0" placeholder:"BYTES"`
	Idle        time.Duration `name:"stream-idle" help:"A writer ends its stream after this long without a reading; the next reading begins another." default:"20s"`
	Bound       time.Duration `name:"accept-bound" help:"Longest time between a block's stamp and its being stored; later it is not acknowledged. The journal is initialised with it, and a node with another is refused." default:"2m"`
}

// Reading bounds queries.
type Reading struct {
	Parallel int           `name:"query-parallel" help:"Storage calls side by side in one query." default:"16" placeholder:"N"`
	CacheFor time.Duration `help:"How long a row is cached at most." default:"5m"`
	TailKeep int64         `name:"journal-memory" help:"Bytes of blocks of the journal kept in memory. Of a larger journal questions read the rest again, each time." default:"268435456" placeholder:"BYTES"`
}

// Work bounds what happens in the background.
type Work struct {
	Retention       Age            `help:"How long readings are kept, as 90d or 36h; 0 keeps them for ever." default:"0" placeholder:"AGE"`
	TenantRetention map[string]Age `help:"The same for a tenant, over the general one: acme=30d." placeholder:"TENANT=AGE"`
	Workers         int            `help:"Compactions done at once; beside them half as many purges and retentions." default:"2" placeholder:"N"`
	Poll            time.Duration  `name:"work-poll" help:"Between looks at an empty queue." default:"500ms"`
	Sweep           time.Duration  `name:"sweep-every" help:"Between looks for work whose hint was lost." default:"15s"`
	Purge           time.Duration  `name:"purge-every" help:"Between rounds that carry deletions into chunks written before them." default:"1m"`
	Margin          time.Duration  `name:"tidemark-margin" help:"How far below the tidemark a row must lie before the blocks in it are dropped: a second of resolution and the skew between the clocks of two regions." default:"2s"`
	DeadAfter       time.Duration  `help:"A stream without an append for this long is taken for dead and ended by the sweeper; its writer, if it lives, begins another." default:"60s"`
	ChunkReadings   int            `help:"Readings of a chunk over which its window is split." default:"4000" placeholder:"N"`
	Parallel        int            `name:"compaction-parallel" help:"Storage calls side by side in one compaction." default:"8" placeholder:"N"`
}

// Telemetry says where traces go. Metrics are always at /metrics.
type Telemetry struct {
	OTLPEndpoint string  `name:"otlp-endpoint" help:"Where to send traces (OTLP over HTTP); none are made when empty." env:"TIDEMARK_OTLP_ENDPOINT,OTEL_EXPORTER_OTLP_ENDPOINT" placeholder:"URL"`
	TraceShare   float64 `help:"Share of the requests that are traced, 0 to 1, where the caller has not decided." default:"1" placeholder:"SHARE"`
}

// Log says how logs look. They go to standard error.
type Log struct {
	Level  string `name:"log-level" help:"Least level that is logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	Format string `name:"log-format" help:"Form of a line: text or json." enum:"text,json" default:"text"`
}
