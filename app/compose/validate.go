package compose

import (
	"cmp"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/adapters/embedded"
	"tidemark/domain/compaction"
	"tidemark/domain/intake"
	"tidemark/domain/telemetry/readings"
)

// Validate says everything that is wrong, each with the flag that mends it. It does no I/O.
func (c Config) Validate() error {
	var wrong problems
	wrong.need(slices.Contains([]Role{RoleAPI, RoleWorker, RoleBoth}, c.Node.Role),
		"--role is %q: it is api, worker or both", c.Node.Role)
	wrong.region("--region", c.Node.Region)
	if c.Storage.JournalRegion != "" {
		wrong.region("--journal-region", c.Storage.JournalRegion)
	}
	_, port, err := net.SplitHostPort(c.HTTP.Listen)
	n, bad := strconv.Atoi(port)
	wrong.need(err == nil && bad == nil && n >= 0 && n < 1<<16,
		"--listen is %q: write HOST:PORT with a port from 0 to 65535, for instance 127.0.0.1:8080", c.HTTP.Listen)
	wrong.need(c.HTTP.Timeout > 0, "--request-timeout is %s: it has to be more than 0", c.HTTP.Timeout)
	wrong.need(c.HTTP.TenantRate >= 0 && c.HTTP.TenantBurst >= 0,
		"--tenant-rate and --tenant-burst must not be negative")
	err = (&readings.Options{SourceTags: c.HTTP.SourceTags, LabelTags: c.HTTP.LabelTags}).Naming().Check()
	wrong.need(err == nil, "--source-tags is %q and --label-tags is %q: %v",
		strings.Join(c.HTTP.SourceTags, ","), strings.Join(c.HTTP.LabelTags, ","), err)
	wrong.need(c.HTTP.BodyMemory >= intake.LeastBytes, "--body-memory is %d: it is at least %d", c.HTTP.BodyMemory,
		intake.LeastBytes)
	wrong.need(c.HTTP.Drain >= 0, "--drain is %s: it must not be negative", c.HTTP.Drain)
	if c.Tenants.TokenFile == "" {
		wrong.name("--tenant", c.Tenants.Tenant)
	}
	c.Storage.validate(&wrong, c.Node.Role)
	c.validatePeer(&wrong)
	c.knobs(&wrong)
	return errors.Join(wrong...)
}

func (c Config) knobs(wrong *problems) {
	wrong.need(c.Cache.MemoryBytes >= 0, "--cache-bytes is %d: it must not be negative", c.Cache.MemoryBytes)
	wrong.need(c.Writing.Shards >= 1 && c.Writing.Shards <= 1<<10, "--shards is %d: it is between 1 and 1024",
		c.Writing.Shards)
	wrong.need(c.Writing.Flights >= 1 && c.Writing.Flights <= 64, "--flights is %d: it is between 1 and 64",
		c.Writing.Flights)
	wrong.need(c.Writing.Linger > 0, "--linger is %s: it has to be more than 0", c.Writing.Linger)
	wrong.need(c.Writing.Journal >= 0, "--journal-bytes is %d: it is the bytes that the journal may hold, or 0 for no "+
		"bound", c.Writing.Journal)
	wrong.need(c.Writing.MaxInFlight > 0, "--max-in-flight is %d: it has to be more than 0", c.Writing.MaxInFlight)
	wrong.need(c.Reading.Parallel >= 1, "--query-parallel is %d: it has to be at least 1", c.Reading.Parallel)
	wrong.need(c.Reading.CacheFor > 0, "--cache-for is %s: it has to be more than 0", c.Reading.CacheFor)
	wrong.need(c.Reading.TailKeep > 0, "--journal-memory is %d: it has to be more than 0", c.Reading.TailKeep)
	wrong.need(c.Work.Workers >= 1, "--workers is %d: it has to be at least 1", c.Work.Workers)
	wrong.need(c.Work.Poll > 0 && c.Work.Sweep > 0 && c.Work.Purge > 0,
		"--work-poll, --sweep-every and --purge-every have to be more than 0")
	wrong.need(c.Writing.Idle > 0, "--stream-idle is %s: it has to be more than 0", c.Writing.Idle)
	wrong.need(c.Writing.Bound >= time.Second, "--accept-bound is %s: it is at least 1s", c.Writing.Bound)
	wrong.need(c.Work.DeadAfter >= time.Second, "--dead-after is %s: it is at least 1s, the resolution of the "+
		"storage's clock", c.Work.DeadAfter)
	wrong.need(c.Work.ChunkReadings >= 1 && c.Work.ChunkReadings <= compaction.FineReadings,
		"--chunk-readings is %d: it is between 1 and %d, which fit a row", c.Work.ChunkReadings,
		compaction.FineReadings)
	wrong.need(c.Work.Margin > 0, "--tidemark-margin is %s: it has to be more than 0", c.Work.Margin)
	wrong.need(c.Work.Parallel >= 1, "--compaction-parallel is %d: it has to be at least 1", c.Work.Parallel)
	wrong.need(c.Work.Retention >= 0, "--retention must not be negative")
	for t, age := range c.Work.TenantRetention {
		wrong.name("--tenant-retention", t)
		wrong.need(age >= 0, "--tenant-retention of %q must not be negative", t)
	}
	wrong.need(c.Telemetry.TraceShare >= 0 && c.Telemetry.TraceShare <= 1, "--trace-share is %g: it is between 0 and 1",
		c.Telemetry.TraceShare)
	if e := c.Telemetry.OTLPEndpoint; e != "" {
		wrong.url("--otlp-endpoint", e)
	}
	_, err := c.Log.level()
	wrong.need(err == nil, "--log-level is %q: it is debug, info, warn or error", c.Log.Level)
	wrong.need(c.Log.Format == "text" || c.Log.Format == "json", "--log-format is %q: it is text or json", c.Log.Format)
}

func (s Storage) validate(wrong *problems, role Role) {
	wrong.need(s.TryTimeout > 0 && s.Patience > 0, "--storage-timeout and --storage-patience have to be more than 0")
	wrong.need(s.MaxBytes == 0 || s.MaxBytes >= embedded.LeastMaxBytes,
		"--max-bytes is %d: it is at least %d, or 0 for no bound", s.MaxBytes, embedded.LeastMaxBytes)
	if !s.Azure() {
		wrong.need(s.Data != "", "there is nowhere to keep readings: give --data a folder, or --account a storage "+
			"account")
		given := slices.Concat(s.Account, s.TableURL, s.TableSecondaryURL, []string{s.JournalURL, s.QueueURL,
			s.JournalAccount, s.PeerAccount, s.PeerRegion, s.PeerURL})
		for _, r := range s.Replication {
			given = append(given, string(r))
		}
		wrong.need(strings.Join(given, "") == "" && s.Journal == OwnAccount,
			"settings of a storage account are given and --account is not: name the account and its key")
		wrong.need(role == RoleBoth, "--role %s needs a storage that several processes share: name one with "+
			"--account, or leave the role at both", role)
		return
	}
	s.validateJournal(wrong, s.generations(wrong))
	for flag, urls := range map[string][]string{"--table-url": s.TableURL, "--table-secondary-url": s.TableSecondaryURL,
		"--journal-url": {s.JournalURL}, "--queue-url": {s.QueueURL}, "--peer-journal-url": {s.PeerURL}} {
		for _, u := range urls {
			if u != "" {
				wrong.url(flag, u)
			}
		}
	}
	wrong.need(s.Queue != "", "--queue is empty: name the work queue")
}

// validateJournal has the journal's account named, or said that it is the account itself.
func (s Storage) validateJournal(wrong *problems, accounts []generation) {
	const remedy = "name a locally redundant account for the journal, with --journal-key; " +
		"or say --journal same-account, and a failover of an ra-grs account loses acknowledged readings"
	switch s.Journal {
	case SameAccount:
		wrong.need(s.JournalAccount == "" && s.JournalKey == "" && s.JournalURL == "",
			"--journal same-account has the account's name, key and endpoint: "+
				"leave out --journal-account, --journal-key and --journal-url, or say --journal own-account")
	case OwnAccount:
		if s.JournalAccount == "" {
			wrong.need(false, "--journal-account is not given: "+remedy)
			return
		}
		wrong.key("--journal-key", s.JournalKey)
		journal := cmp.Or(s.JournalURL, tableURL(s.JournalAccount))
		same := slices.ContainsFunc(accounts, func(g generation) bool {
			return sameEndpoint(journal, cmp.Or(g.url, tableURL(g.name))) ||
				s.JournalAccount == g.name && s.JournalURL == ""
		})
		wrong.need(!same, "--journal-account is the account of the chunks: "+remedy)
	default:
		wrong.need(false, "--journal is %q: it is own-account or same-account", s.Journal)
	}
}

// validatePeer has the journal of the other region named whole, and not one that is named already.
func (c Config) validatePeer(wrong *problems) {
	s := c.Storage
	if !s.Azure() {
		return
	}
	if !s.Paired() {
		wrong.need(s.PeerKey == "" && s.PeerRegion == "" && s.PeerURL == "", "settings of the other region's journal "+
			"are "+
			"given and --peer-journal-account is not: name it, or leave them out for one journal")
		return
	}
	wrong.need(s.Journal == OwnAccount, "--peer-journal-account is given with --journal same-account: two journals "+
		"need "+
		"an account of their own in each region, so name --journal-account too")
	wrong.key("--peer-journal-key", s.PeerKey)
	if s.PeerRegion == "" {
		wrong.need(false, "--peer-journal-region is not given: name the region of --peer-journal-account")
	} else {
		wrong.region("--peer-journal-region", s.PeerRegion)
	}
	wrong.need(s.PeerRegion != c.journalRegion(), "--peer-journal-region is %q, and so is the region of the other "+
		"journal: two journals of a pair are in two regions", s.PeerRegion)
	peer := cmp.Or(s.PeerURL, tableURL(s.PeerAccount))
	var none problems
	same := sameEndpoint(peer, cmp.Or(s.JournalURL, tableURL(s.JournalAccount)))
	for _, g := range s.generations(&none) {
		same = same || sameEndpoint(peer, cmp.Or(g.url, tableURL(g.name)))
	}
	wrong.need(!same, "--peer-journal-account is an account that is named already: a journal has one of its own")
}
