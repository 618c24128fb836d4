package compose

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestAges(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 90 * 24 * time.Hour, "36h": 36 * time.Hour, "0": 0,
		"1d": 24 * time.Hour, "90m": 90 * time.Minute} {
		var a Age
		if err := a.UnmarshalText([]byte(text)); err != nil || time.Duration(a) != want {
			t.Errorf("%s: %v, %v", text, a, err)
		}
		var back Age
		if err := back.UnmarshalText([]byte(a.String())); err != nil || back != a {
			t.Errorf("%s prints as %s", text, a)
		}
	}
	for _, text := range []string{"", "d", "-3d", "1.5d", "soon", "99999999d"} {
		if err := new(Age).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestDefaultsAreTakenFromTags of every kind, and a tag that is wrong is found by whoever starts.
func TestDefaultsAreTakenFromTags(t *testing.T) {
	var got struct {
		Part struct {
			Text string `default:"a b"`
		} `embed:""`
		Role  Role          `default:"both"`
		Age   Age           `default:"90d"`
		Wait  time.Duration `default:"3ms"`
		Count int           `default:"-7"`
		Share float64       `default:"0.5"`
		Other []string
	}
	setDefaults(reflect.ValueOf(&got).Elem())
	if got.Part.Text != "a b" || got.Role != RoleBoth || got.Age != Age(90*24*time.Hour) ||
		got.Wait != 3*time.Millisecond || got.Count != -7 || got.Share != 0.5 || got.Other != nil {
		t.Errorf("%+v", got)
	}
	for _, wrong := range []any{&struct {
		A int `default:"x"`
	}{}, &struct {
		A int8 `default:"300"`
	}{}, &struct {
		A time.Duration `default:"3"`
	}{}, &struct {
		A []string `default:"x"`
	}{}} {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, "the default of ") {
					t.Errorf("%T: %s", wrong, said)
				}
			}()
			setDefaults(reflect.ValueOf(wrong).Elem())
		}()
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	cfg := Default()
	cfg.Storage.AccountKey, cfg.Cache.RedisPassword = []Secret{"hunter2"}, "hunter2"
	asJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), string(asJSON)} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("a secret prints: %s", text)
		}
	}
}

// TestWhatAnAccountIsHasToBeSaid goes through settings that say too little of an account, or two things at once. The
// first two are what the program once took for a local account with the journal in it, whatever the account was.
func TestWhatAnAccountIsHasToBeSaid(t *testing.T) {
	const same = "--journal-account is the account of the chunks"
	for name, c := range map[string]struct {
		set  func(*Storage)
		says []string
	}{
		"no replication": {func(s *Storage) { s.Replication = nil },
			[]string{"--replication is not given", "ra-grs"}},
		"no journal": {func(s *Storage) { s.JournalAccount = "" }, []string{"--journal-account is not given"}},
		"another replication": {func(s *Storage) { s.Replication = []Replication{"grs"} },
			[]string{"--replication is \"grs\""}},
		"a secondary": {func(s *Storage) { s.TableSecondaryURL = []string{"http://b"} },
			[]string{"--replication is none"}},
		"another place": {func(s *Storage) { s.Journal = "here" }, []string{"--journal is \"here\""}},
		"two for one":   {func(s *Storage) { s.Journal = SameAccount }, []string{"leave out --journal-account"}},
		"its name": {func(s *Storage) { s.JournalAccount = s.Account[0] },
			[]string{same, "--journal same-account"}},
		"its address": {func(s *Storage) { s.TableURL, s.JournalURL = []string{"http://a/x"}, "http://A/x/" },
			[]string{same}},
		"its name alone": {func(s *Storage) { s.TableURL, s.JournalAccount = []string{"http://a/x"}, s.Account[0] },
			[]string{same}},
		"no account": {func(s *Storage) { s.Account, s.JournalAccount = nil, "" }, []string{"--account is not"}},
		"no secondary": {func(s *Storage) {
			s.Replication, s.TableURL = []Replication{ReplicationRAGRS}, []string{"http://a"}
		},
			[]string{"--table-secondary-url is not given"}},
	} {
		cfg := Default()
		s := &cfg.Storage
		s.Account, s.AccountKey, s.Replication = []string{"acct"}, []Secret{"a2V5"}, []Replication{ReplicationNone}
		s.JournalAccount, s.JournalKey = "local", "a2V5"
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		c.set(s)
		err := cfg.Validate()
		for _, part := range c.says {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v, and not %s", name, err, part)
			}
		}
	}
}

func TestEndpointsFollowFromWhatIsSaid(t *testing.T) {
	const tables = ".table.core.windows.net"
	s, accounts := Storage{Account: []string{"acct"}, AccountKey: []Secret{"k"},
		Replication: []Replication{ReplicationRAGRS}, Journal: SameAccount}.withEndpoints()
	if accounts[0].secondaryURL != "https://acct-secondary"+tables || s.JournalURL != "https://acct"+tables ||
		s.JournalAccount != "acct" || s.JournalKey != "k" || s.QueueURL != "https://acct.queue.core.windows.net" {
		t.Errorf("%+v", s)
	}
	s, accounts = Storage{Account: []string{"a"}, Replication: []Replication{ReplicationNone}, JournalAccount: "b",
		Journal: OwnAccount}.withEndpoints()
	if accounts[0].secondaryURL != "" || s.JournalURL != "https://b"+tables ||
		s.QueueURL != "https://b.queue.core.windows.net" {
		t.Errorf("%+v", s)
	}
}

func TestValidateNamesTheFlag(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Fatalf("the defaults: %v", err)
	}
	azure := func(c *Config) {
		c.Storage.Account, c.Storage.AccountKey = []string{"acct"}, []Secret{"a2V5"}
		c.Storage.Replication, c.Storage.Journal = []Replication{ReplicationNone}, SameAccount
	}
	own := func(c *Config) {
		azure(c)
		c.Storage.Journal, c.Storage.JournalAccount, c.Storage.JournalKey = OwnAccount, "local", "a2V5"
	}
	for name, right := range map[string]func(*Config){"the same account": azure, "an own account": own} {
		cfg := Default()
		right(&cfg)
		if err := cfg.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for flag, spoil := range map[string]func(*Config){
		"--role":              func(c *Config) { c.Node.Role = "boss" },
		"--region":            func(c *Config) { c.Node.Region = "" },
		"--region is \"we st": func(c *Config) { c.Node.Region = "we st" },
		"--journal-region":    func(c *Config) { azure(c); c.Storage.JournalRegion = "West" },
		"--listen":            func(c *Config) { c.HTTP.Listen = "8080" },
		"--listen is":         func(c *Config) { c.HTTP.Listen = "127.0.0.1:65536" },
		"--request-timeout":   func(c *Config) { c.HTTP.Timeout = 0 },
		"--tenant-rate":       func(c *Config) { c.HTTP.TenantRate = -1 },
		"--drain":             func(c *Config) { c.HTTP.Drain = -1 },
		"--source-tags":       func(c *Config) { c.HTTP.SourceTags = []string{"host", ""} },
		"--label-tags": func(c *Config) {
			c.HTTP.SourceTags, c.HTTP.LabelTags = []string{"host"},
				[]string{"host"}
		},
		"--tenant is":           func(c *Config) { c.Tenants.Tenant = "" },
		"--data":                func(c *Config) { c.Storage.Data = "" },
		"--max-bytes":           func(c *Config) { c.Storage.MaxBytes = -1 },
		"--max-bytes is 100":    func(c *Config) { c.Storage.MaxBytes = 100 },
		"--account ":            func(c *Config) { c.Storage.TableURL = []string{"http://x"} },
		"--role api":            func(c *Config) { c.Node.Role = RoleAPI },
		"--account-key":         func(c *Config) { azure(c); c.Storage.AccountKey = []Secret{"not base64!"} },
		"--journal-key":         func(c *Config) { own(c); c.Storage.JournalKey = "" },
		"--queue-url":           func(c *Config) { azure(c); c.Storage.QueueURL = "ftp://x" },
		"--queue is":            func(c *Config) { azure(c); c.Storage.Queue = "" },
		"--cache-bytes":         func(c *Config) { c.Cache.MemoryBytes = -1 },
		"--shards":              func(c *Config) { c.Writing.Shards = 0 },
		"--flights":             func(c *Config) { c.Writing.Flights = 0 },
		"--linger":              func(c *Config) { c.Writing.Linger = 0 },
		"--journal-bytes":       func(c *Config) { c.Writing.Journal = -1 },
		"--max-in-flight":       func(c *Config) { c.Writing.MaxInFlight = 0 },
		"--query-parallel":      func(c *Config) { c.Reading.Parallel = 0 },
		"--cache-for":           func(c *Config) { c.Reading.CacheFor = 0 },
		"--journal-memory":      func(c *Config) { c.Reading.TailKeep = 0 },
		"--workers":             func(c *Config) { c.Work.Workers = 0 },
		"--work-poll":           func(c *Config) { c.Work.Poll = 0 },
		"--purge-every":         func(c *Config) { c.Work.Purge = 0 },
		"--tidemark-margin":     func(c *Config) { c.Work.Margin = 0 },
		"--stream-idle":         func(c *Config) { c.Writing.Idle = 0 },
		"--accept-bound":        func(c *Config) { c.Writing.Bound = time.Millisecond },
		"--dead-after":          func(c *Config) { c.Work.DeadAfter = time.Millisecond },
		"--chunk-readings":      func(c *Config) { c.Work.ChunkReadings = 30_001 },
		"--compaction-parallel": func(c *Config) { c.Work.Parallel = 0 },
		"--retention":           func(c *Config) { c.Work.Retention = -1 },
		"--tenant-retention":    func(c *Config) { c.Work.TenantRetention = map[string]Age{"a": -1} },
		"--trace-share":         func(c *Config) { c.Telemetry.TraceShare = 2 },
		"--otlp-endpoint":       func(c *Config) { c.Telemetry.OTLPEndpoint = "collector:4318" },
		"--log-level":           func(c *Config) { c.Log.Level = "loud" },
		"--log-format":          func(c *Config) { c.Log.Format = "xml" },
	} {
		cfg := Default()
		spoil(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%s: %v", flag, err)
		}
	}
}
