package aztable

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/adapters/aztable/internal/detour"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
)

// Replication is what an account is. Whoever configures it says so, and it is never deduced: one that was taken by
// mistake for local would have its own clock for a tidemark, and what its secondary lacks would be dropped from the
// journal.
type Replication uint8

// The kinds of accounts.
const (
	// Undeclared is nobody's word. Such an account never has a tidemark: a journal's is not asked for one.
	Undeclared Replication = iota
	// Local is an account in one region, LRS or ZRS. Its tidemark is its own clock.
	Local
	// ReadAccessGeo is an account with a readable secondary in another region, RA-GRS or RA-GZRS. Its tidemark is the
	// secondary's Last Sync Time.
	ReadAccessGeo
)

// String is the kind's name in texts.
func (r Replication) String() string {
	switch r {
	case Local:
		return "local"
	case ReadAccessGeo:
		return "read-access geo"
	}
	return "undeclared"
}

// Config names a storage account and says how to call it.
type Config struct {
	// the table endpoint, "https://account.table.core.windows.net" or "http://127.0.0.1:10002/account"
	URL          string
	Replication  Replication
	SecondaryURL string // the read-only secondary's endpoint, with ReadAccessGeo and only then
	Account      string // the account's name; the secondary has the same
	Key          string // the shared key, base64

	TryTimeout time.Duration // of one try; 0 is one second
	// of reads, for background clients; writes are never retried here
	Retries int
	OnCall  func(op string)                           // told of every HTTP request with its operation, "journal.append"
	Wrap    func(http.RoundTripper) http.RoundTripper // put around the transport: faults, traces
}

// String leaves the key out.
func (c Config) String() string {
	return fmt.Sprintf("{%s of %s, replication %s, secondary %q}", c.URL, c.Account, c.Replication, c.SecondaryURL)
}

// GoString leaves the key out.
func (c Config) GoString() string { return c.String() }

// Client calls one storage account. It is safe for concurrent use.
type Client struct {
	tables    *tables.Service
	secondary *aztables.ServiceClient // nil but with ReadAccessGeo
	kind      Replication
	told      latest
	journal   generation
}

// latest is the latest date that was told of a Local account.
type latest struct {
	mu sync.Mutex
	at time.Time
}

// Open makes a client. It does no I/O; an error means that the configuration is wrong.
func Open(c Config) (*Client, error) {
	if c.Account == "" || c.Key == "" {
		return nil, fmt.Errorf("aztable: %v: account and key are needed", c)
	}
	cred, err := aztables.NewSharedKeyCredential(c.Account, c.Key)
	if err != nil {
		return nil, fmt.Errorf("aztable: key of account %s: %w", c.Account, err)
	}
	if geo := c.Replication == ReadAccessGeo; geo != (c.SecondaryURL != "") {
		return nil, fmt.Errorf("aztable: %v: a read-access geo account has the URL of a secondary, and no other has", c)
	}
	options := azkit.Options{TryTimeout: c.TryTimeout, Retries: c.Retries, OnCall: c.OnCall, Wrap: c.Wrap}
	client := &Client{kind: c.Replication,
		tables: &tables.Service{URL: strings.TrimSuffix(c.URL, "/"), Options: options}}
	if client.tables.SDK, err = newService(c.URL, cred, options); err != nil {
		return nil, err
	}
	if c.SecondaryURL != "" {
		client.secondary, err = newService(c.SecondaryURL, cred, options)
	}
	return client, err
}

func newService(endpoint string, cred *aztables.SharedKeyCredential, o azkit.Options) (*aztables.ServiceClient, error) {
	if u, err := url.Parse(endpoint); err != nil || u.Scheme == "" || u.Host == "" {
		return nil, fmt.Errorf("aztable: %q is not the URL of a table endpoint", endpoint)
	}
	options := o.ClientOptions()
	options.PerCallPolicies = append(options.PerCallPolicies, detour.Policy{})
	service, err := aztables.NewServiceClientWithSharedKey(endpoint, cred,
		&aztables.ClientOptions{ClientOptions: options})
	if err != nil {
		return nil, fmt.Errorf("aztable: %s: %w", endpoint, err)
	}
	return service, nil
}

// attempts bounds how often a decision is made anew because a row changed under it.
const attempts = 16
