// Package azurite runs Azurite, Microsoft's storage emulator: tables and queues of any number of accounts, as a child
// process (Process), in a container (Container), or wherever somebody else already runs it (Attach).
//
// The npm package is pinned by the lock file embedded here, is installed once into the user's cache folder, and is
// run by a small script of ours that ends when its standard input does: however the parent ends, the child writes its
// data and ends too, and a terminal's signals do not reach it before. The same script, handed over on the command
// line, runs in a container on the Azurite of the image. It raises Azurite's limits of a body and of an entity, which
// are those of the service: whoever stands in front (the gateway) enforces them, and needs room for a property of its
// own. It finds a table by its name in any case, as the service does. Azurite keeps every table of an account in one
// list and scans it for each query, so give each test an account of its own (AddAccount); it costs a millisecond.
package azurite

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Version is the version of Azurite that is installed.
const Version = "3.37.0"

// Account is a storage account that Azurite serves. Name is 3 to 24 lower-case letters and digits; Key is base64, and
// made up when empty.
type Account struct {
	Name string
	Key  string
}

// Mode is how Start runs Azurite.
type Mode string

// The modes. An empty Mode is Process.
const (
	Process Mode = "process" // a child of this process: needs Node.js
	// a container of the local Docker engine, by the docker command: needs neither Node.js nor npm
	Container Mode = "container"
)

// Options says what to run. The zero value is one account "tidemark" in memory on free ports of the loopback address,
// as a child process.
type Options struct {
	Mode      Mode
	Accounts  []Account // at least one; nil means one named "tidemark"
	Folder    string    // where the data is kept; "" keeps it in memory
	Host      string    // address to listen on, or of a container to publish at; "" is 127.0.0.1
	TablePort int       // 0 picks a free one
	QueuePort int       // 0 picks a free one
	Install   string    // Process: where Azurite is installed; "" is <user's cache>/tidemark/azurite-<version>
	// Container: the image; "" is what the environment variable TIDEMARK_AZURITE_IMAGE names, or else Image
	Image string
	// held by the child too, until it has ended: it writes its data for a while after this process was killed
	Hold *Lock
	Log  io.Writer // what Azurite and its runner print: errors mostly; nil keeps only the end of it, for errors
}

// Server is an Azurite that was started or attached to. It is safe for concurrent use.
type Server struct {
	engine   engine   // nil if attached
	attached *Address // nil unless attached
	host     string

	mu       sync.Mutex // guards what follows; held while the child starts, stops or is told something
	accounts []Account
	ports    ports
	child    *child
}

// engine is a way to run the script.
type engine interface {
	// launch starts a child and waits until it listens; ports that are 0 are picked.
	launch(ctx context.Context, accounts string, p ports) (*child, ports, error)
}

type ports struct {
	Table int `json:"table"`
	Queue int `json:"queue"`
}

var accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

// loopback is where Azurite listens unless told otherwise.
const loopback = "127.0.0.1"

// Start installs Azurite or fetches the image if need be, starts it and waits until it listens. The context bounds
// the start, not the life of the server. Without Node.js (Process) the error is ErrNoNode, without an engine
// (Container) ErrNoDocker.
func Start(ctx context.Context, o Options) (*Server, error) {
	if len(o.Accounts) == 0 {
		o.Accounts = []Account{{Name: "tidemark"}}
	}
	if o.Host == "" {
		o.Host = loopback
	}
	if net.ParseIP(o.Host) == nil {
		return nil, fmt.Errorf("azurite: host %q is no IP address: use %s, or 0.0.0.0 for all interfaces", o.Host,
			loopback)
	}
	s := &Server{host: o.Host, ports: ports{Table: o.TablePort, Queue: o.QueuePort}}
	for _, a := range o.Accounts {
		a, err := complete(a)
		if err != nil {
			return nil, err
		}
		s.accounts = append(s.accounts, a)
	}
	var err error
	if s.engine, err = newEngine(ctx, o); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func newEngine(ctx context.Context, o Options) (engine, error) {
	switch o.Mode {
	case "", Process:
		return newProcess(ctx, o)
	case Container:
		return newContainer(ctx, o)
	}
	return nil, fmt.Errorf("azurite: mode %q: use %s or %s", o.Mode, Process, Container)
}

// complete checks an account and makes up its key.
func complete(a Account) (Account, error) {
	if !accountName.MatchString(a.Name) {
		return a, fmt.Errorf("azurite: account name %q: use 3 to 24 lower-case letters and digits", a.Name)
	}
	if a.Key == "" {
		key := make([]byte, 64)
		if _, err := rand.Read(key); err != nil {
			return a, fmt.Errorf("azurite: make a key: %w", err)
		}
		a.Key = base64.StdEncoding.EncodeToString(key)
	}
	if _, err := base64.StdEncoding.DecodeString(a.Key); err != nil {
		return a, fmt.Errorf("azurite: key of account %s is not base64: %w", a.Name, err)
	}
	return a, nil
}

// Accounts lists the accounts with their keys.
func (s *Server) Accounts() []Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Account(nil), s.accounts...)
}

// AddAccount makes an account, or gives a known one another key, while the server runs.
func (s *Server) AddAccount(ctx context.Context, a Account) (Account, error) {
	a, err := complete(a)
	if err != nil {
		return a, err
	}
	if s.attached != nil {
		return a, fmt.Errorf("%w: name account %s to whoever started it (AZURITE_ACCOUNTS)", ErrAttached, a.Name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := make([]Account, 0, len(s.accounts)+1)
	for _, known := range s.accounts {
		if known.Name != a.Name {
			rest = append(rest, known)
		}
	}
	s.accounts = append(rest, a)
	if s.child == nil {
		return a, nil
	}
	return a, s.child.tell(ctx, accountList(s.accounts))
}

// accountList is the form of the environment variable AZURITE_ACCOUNTS.
func accountList(accounts []Account) string {
	var b strings.Builder
	for _, a := range accounts {
		b.WriteString(a.Name + ":" + a.Key + ";")
	}
	return b.String()
}

// TableURL is the table endpoint of an account, without a slash at the end. The endpoint of its secondary is the same
// with "-secondary".
func (s *Server) TableURL(account string) string {
	if s.attached != nil {
		return s.attached.TableURL + "/" + account
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endpoint(s.ports.Table, account)
}

// QueueURL is the queue endpoint of an account, without a slash at the end.
func (s *Server) QueueURL(account string) string {
	if s.attached != nil {
		return s.attached.QueueURL + "/" + account
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endpoint(s.ports.Queue, account)
}

func (s *Server) endpoint(port int, account string) string {
	host := s.host
	if net.ParseIP(host).IsUnspecified() {
		host = loopback
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port)) + "/" + account
}
