// Package azurite runs Azurite, Microsoft's storage emulator, as a child process: tables and queues of any number of accounts on
// loopback ports.
//
// The npm package is pinned by the lock file embedded here, is installed once into the user's cache folder, and is run by a small
// script of ours that ends when its standard input does: however the parent ends, the child ends too. Azurite keeps every table of an
// account in one list and scans it for each query, so give each test an account of its own (AddAccount); it costs a millisecond.
package azurite

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Version is the version of Azurite that is installed.
const Version = "3.37.0"

// Account is a storage account that Azurite serves. Name is 3 to 24 lower-case letters and digits; Key is base64, and made up when empty.
type Account struct {
	Name string
	Key  string
}

// Options says what to run. The zero value is one account "tidemark" in memory on free ports.
type Options struct {
	Accounts  []Account // at least one; nil means one named "tidemark"
	Folder    string    // where the data is kept; "" keeps it in memory
	TablePort int       // 0 picks a free one
	QueuePort int       // 0 picks a free one
	Install   string    // where Azurite is installed; "" is <user's cache>/tidemark/azurite-<version>
}

// Server is an Azurite that was started. It is safe for concurrent use.
type Server struct {
	node, install, folder string

	mu       sync.Mutex // guards what follows; held while the child starts, stops or is told something
	accounts []Account
	ports    ports
	child    *child
}

type ports struct {
	Table int `json:"table"`
	Queue int `json:"queue"`
}

var accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

// Start installs Azurite if need be, starts it and waits until it listens. The context bounds the start, not the life of the server.
func Start(ctx context.Context, o Options) (*Server, error) {
	if len(o.Accounts) == 0 {
		o.Accounts = []Account{{Name: "tidemark"}}
	}
	node, err := findNode()
	if err != nil {
		return nil, err
	}
	s := &Server{node: node, folder: o.Folder, ports: ports{Table: o.TablePort, Queue: o.QueuePort}}
	for _, a := range o.Accounts {
		if a, err = complete(a); err != nil {
			return nil, err
		}
		s.accounts = append(s.accounts, a)
	}
	if s.install, err = install(ctx, o.Install); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	return s, nil
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

// TableURL is the table endpoint of an account, without a slash at the end. The endpoint of its secondary is the same with "-secondary".
func (s *Server) TableURL(account string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return endpoint(s.ports.Table, account)
}

// QueueURL is the queue endpoint of an account, without a slash at the end.
func (s *Server) QueueURL(account string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return endpoint(s.ports.Queue, account)
}

func endpoint(port int, account string) string {
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) + "/" + account
}
