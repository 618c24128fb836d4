package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Call is what an operation asks for. Which fields count depends on its kind; the others are zero.
type Call struct {
	Kind   Kind   `json:"kind"`
	Tenant string `json:"tenant,omitempty"`
	Source string `json:"source,omitempty"`
	Metric string `json:"metric,omitempty"`
	// From and To are times of readings, in Unix nanoseconds: From is in, To is not.
	From  int64 `json:"from,omitempty"`
	To    int64 `json:"to,omitempty"`
	Limit int   `json:"limit,omitempty"` // at most so many readings; 0 is no limit of the client's
	Step  int64 `json:"step,omitempty"`  // of a fold, in nanoseconds: a bucket begins at each multiple of it

	// Question is the whole of an Ask. What it is about is the source that the call names, or everything.
	Question string `json:"question,omitempty"`

	Readings []Column `json:"readings,omitempty"` // of a write
	After    Stamp    `json:"after,omitzero"`     // the write has to be later than this stamp

	Account   string `json:"account,omitempty"`  // of raw storage; may be left out if there is one only
	Endpoint  string `json:"endpoint,omitempty"` // Primary, Secondary, or the name of a store
	Service   string `json:"service,omitempty"`  // of statistics: table, queue
	Table     string `json:"table,omitempty"`
	Partition string `json:"partition,omitempty"`
	Rows      []Row  `json:"rows,omitempty"` // of a write of rows
}

// The endpoints of an account. A store that is read behind its gateway has another name.
const (
	Primary   = "primary"
	Secondary = "secondary"
)

// Answer is what a client got, of an operation that is done.
type Answer struct {
	// of a write or a deletion
	Durability Durability `json:"durability,omitzero"`
	Regions    []string   `json:"regions,omitempty"`
	Origin     Origin     `json:"origin,omitzero"`
	Blocks     []string   `json:"blocks,omitempty"`   // that hold it, by the names that the program has for them
	Rejected   []int      `json:"rejected,omitempty"` // readings of the call, counted through its columns from 0

	// of a read
	Readings []Column `json:"readings,omitempty"` // one at most
	// the answer ends with its last reading; what is after it was not read
	More  bool `json:"more,omitempty"`
	Count int  `json:"count,omitempty"`

	Buckets []Bucket `json:"buckets,omitempty"` // of a fold: those that hold a reading, by Start
	Text    string   `json:"text,omitempty"`    // of an Ask: all of the answer

	Claim  Claim   `json:"claim,omitzero"`
	Expiry *Expiry `json:"expiry,omitempty"`

	// of raw storage
	Stamp    time.Time `json:"stamp,omitzero"` // of a write, as its ETag says it; a deletion has none
	Rows     []Row     `json:"rows,omitempty"` // of a read
	State    string    `json:"state,omitempty"`
	LastSync time.Time `json:"lastSync,omitzero"`
	Loss     *Loss     `json:"loss,omitempty"`
}

// Claim is what an answer says of itself. An answer without a claim vouches for nothing: only what it shows is held
// against the history, not what it lacks.
type Claim struct {
	// Complete: everything acknowledged before the question was asked is in it.
	Complete bool `json:"complete,omitempty"`
	// AsOf: every reading acknowledged Both before it is in the answer. AsOfOne: every reading acknowledged at all.
	AsOf    time.Time `json:"asOf,omitzero"`
	AsOfOne time.Time `json:"asOfOne,omitzero"`
	Mode    string    `json:"mode,omitempty"`
	From    string    `json:"from,omitempty"` // where it was read
}

// Expiry says what retention may do to an answer, in Unix nanoseconds: readings before Gone had expired when the
// question was asked and must not be there; readings before Going may be missing.
type Expiry struct {
	Gone  int64 `json:"gone"`
	Going int64 `json:"going"`
}

// Column is readings of one series: value i belongs to time i, in Unix nanoseconds.
type Column struct {
	Source string    `json:"source"`
	Metric string    `json:"metric"`
	Times  []int64   `json:"times"`
	Values []float64 `json:"values"`
}

// Bucket is a fold of readings: those from Start on, in Unix nanoseconds, for a Step.
type Bucket struct {
	Start int64   `json:"start"`
	Count int     `json:"count"`
	Sum   float64 `json:"sum"`
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	First float64 `json:"first"`
	Last  float64 `json:"last"`
}

// Stamp orders writes, as the program says it. Its text is hexadecimal.
type Stamp uint64

// String is 16 hexadecimal digits.
func (s Stamp) String() string { return fmt.Sprintf("%016x", uint64(s)) }

// MarshalText writes the form of String.
func (s Stamp) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads 1 to 16 hexadecimal digits.
func (s *Stamp) UnmarshalText(text []byte) error {
	v, err := strconv.ParseUint(string(text), 16, 64)
	if err != nil {
		return fmt.Errorf("stamp %q: write 1 to 16 hexadecimal digits", text)
	}
	*s = Stamp(v)
	return nil
}

// Origin is where an acknowledged write stands among others: by stamp, then writer, then number. The zero value is not
// known.
type Origin struct {
	Stamp  Stamp  `json:"stamp"`
	Writer string `json:"writer,omitempty"`
	Number uint64 `json:"number,omitempty"`
}

// Known reports whether there is one.
func (o Origin) Known() bool { return o.Stamp != 0 }

// Compare orders two known origins: negative, zero or positive, as o is earlier than p, the same, or later.
func (o Origin) Compare(p Origin) int {
	switch {
	case o.Stamp < p.Stamp:
		return -1
	case o.Stamp > p.Stamp:
		return 1
	case o.Writer != p.Writer:
		return strings.Compare(o.Writer, p.Writer)
	case o.Number < p.Number:
		return -1
	case o.Number > p.Number:
		return 1
	}
	return 0
}

// Row is a row as a write changes it, or as a reader sees it.
type Row struct {
	Do     Do             `json:"do,omitzero"`    // of a write
	Key    string         `json:"key,omitempty"`  // RowKey
	Stamp  time.Time      `json:"stamp,omitzero"` // of a row that was read: its Timestamp
	Fields map[string]any `json:"fields,omitempty"`
}

// Loss is what a failover discarded, as the simulator lists it.
type Loss struct {
	At       time.Time            `json:"at"` // when the roles changed
	LastSync map[string]time.Time `json:"lastSync,omitempty"`
	Entries  []Lost               `json:"entries,omitempty"`
}

// Lost is one write that a failover discarded.
type Lost struct {
	Entry
	Keys []string `json:"keys,omitempty"` // of its rows, or ids of its messages
}

// Event is one of the simulator's truth stream: the JSON of simulator/gateway.Event.
type Event struct {
	ID      uint64    `json:"id,omitempty"`
	At      time.Time `json:"at"`
	Account string    `json:"account,omitempty"`
	Kind    string    `json:"kind"` // commit, apply, discarded, promoted, …: simulator/georep has the list
	Call    any       `json:"call,omitempty"`
	Entry   *Entry    `json:"entry,omitempty"`
	Status  int       `json:"status,omitempty"`
	Text    string    `json:"text,omitempty"`
}

// Entry is a write that the primary committed.
type Entry struct {
	Seq       uint64    `json:"seq"` // order of commit within the account, from 1
	Partition Partition `json:"partition"`
	At        time.Time `json:"at"` // its stamp, in both regions
	Due       time.Time `json:"due,omitzero"`
	Rows      int       `json:"rows,omitempty"`
	Bytes     int       `json:"bytes,omitempty"`
}

// Partition is what is replicated in order.
type Partition struct {
	Service   string `json:"service"` // table, queue
	Container string `json:"container"`
	Key       string `json:"key,omitempty"`
	Whole     bool   `json:"whole,omitempty"` // the container itself: ordered with all its partitions
}
