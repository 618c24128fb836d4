package azurite

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
)

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

// Address is an Azurite that somebody else runs.
type Address struct {
	TableURL string    // of the table service without an account, as http://azurite-east:10002
	QueueURL string    // of the queue service
	Accounts []Account // the accounts that it was started with (AZURITE_ACCOUNTS), with their keys
}

// ErrAttached means that an order was given to an Azurite that somebody else runs.
var ErrAttached = errors.New("this Azurite was only attached to: whoever started it has to do that")

// loopback is where Azurite listens unless told otherwise.
const loopback = "127.0.0.1"

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
