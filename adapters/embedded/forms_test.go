package embedded_test

import (
	"encoding/hex"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Records as the first program wrote them, from a run of it: a stream "w" that is open and continues another, with a
// block "abc", and a stream "u" that is sealed, with a block "abc" and a void.
var golden = map[string]map[string]string{
	"blocks": {
		"740001000075000100000000000000010000": "010018ea97281ce7c00000000003616263",
		"740001000075000100000000000000020000": "010118ea97281ce7c00000000000",
		"740001000077000100000000000000010000": "010018ea97281ce7c00000000003616263",
	},
	"open": {
		"740001000075": "01030000000000000002000000000000000000000000000000008000000000000001",
		"740001000077": "01040000000000000000000000000000000018ea97281ce7c0008000512b000274000176",
	},
}

// What the sealed stream is to this program: when it changed last is where those of before wrote zero, and did not
// look.
const (
	goldenChanged = "740001000075"
	goldenVersion = "01030000000000000002000000000000000018ea97281ce7c0038000000000000001"
)

var (
	goldenDay   = telemetry.DayOf(start)
	goldenBirth = telemetry.Stream{Shard: telemetry.Shard{Tenant: "t", Index: 2}, Day: goldenDay - 1, Writer: "v"}
)

// inDay opens the buckets of a day in the file of a folder.
func inDay(t *testing.T, folder string, f func(day *bolt.Bucket) error) {
	t.Helper()
	edit(t, folder, func(tx *bolt.Tx) error {
		days := tx.Bucket([]byte("journal"))
		key, _ := days.Cursor().First()
		return f(days.Bucket(key))
	})
}

// TestAFileOfBefore opens a file with the records of before: all is there, the stamps are unknown and stay so, and what
// is new has one.
func TestAFileOfBefore(t *testing.T) {
	folder, clock := t.TempDir(), &hand{t: start}
	s := open(t, folder, clock.now)
	ok(t, s.Directory().Prepare(bg, goldenDay))
	ok(t, s.Close())
	inDay(t, folder, func(day *bolt.Bucket) error {
		for bucket, records := range golden {
			for key, value := range records {
				ok(t, day.Bucket([]byte(bucket)).Put(unhex(t, key), unhex(t, value)))
			}
		}
		return nil
	})
	s = open(t, folder, clock.now)
	w, u := stream("w"), stream("u")
	for range 2 {
		heads(t, s, u, journal.Head{Number: 1}, journal.Head{Number: 2, Void: true})
		heads(t, s, w, journal.Head{Number: 1})
		again := block(w, 1, "abc")
		again.Stamp = 7
		_, err := s.Journal().Append(bg, again)
		ok(t, err)
	}
	x, err := s.Journal().Index(bg, w.Shard, w.Day)
	ok(t, err)
	if len(x.Streams) != 2 || x.Streams[0].Last != 2 || !x.Streams[1].Touched.Equal(start) ||
		x.Streams[1].Continues != goldenBirth {
		t.Errorf("the index is %+v", x.Streams)
	}
	fresh := block(w, 2, "d")
	fresh.Stamp = 8
	_, err = s.Journal().Append(bg, fresh)
	ok(t, err)
	heads(t, s, w, journal.Head{Number: 1}, journal.Head{Number: 2, Stamp: 8})
}

// heads compares what a stream holds, read with the blocks and without.
func heads(t *testing.T, s *embedded.Store, of telemetry.Stream, want ...journal.Head) {
	t.Helper()
	var got, read []journal.Head
	for h, err := range s.Journal().Heads(bg, of, 0) {
		ok(t, err)
		got = append(got, h)
	}
	for e, err := range s.Journal().Read(bg, of, 0) {
		ok(t, err)
		read = append(read, e.Head())
	}
	if !slices.Equal(got, want) || !slices.Equal(read, want) {
		t.Errorf("%v has the heads %+v, read with the blocks %+v, want %+v", of, got, read, want)
	}
}

// TestAProgramOfBeforeReadsTheFile compares the records with those of before, byte for byte: what this program keeps
// beside them lies in a bucket, and in bytes, that one of before does not look at.
func TestAProgramOfBeforeReadsTheFile(t *testing.T) {
	folder, clock := t.TempDir(), &hand{t: start}
	s, w, u := open(t, folder, clock.now), stream("w"), stream("u")
	birth := block(w, 1, "abc")
	birth.Continues, birth.Stamp = goldenBirth, 7
	_, err := s.Journal().Append(bg, birth)
	ok(t, err)
	_, err = s.Journal().End(bg, u)
	ok(t, err)
	ok(t, s.Journal().Fill(bg, u, journal.Entry{Number: 1, Stamp: 8, Block: []byte("abc")}))
	ok(t, s.Journal().Fill(bg, u, journal.Entry{Number: 2, Void: true}))
	ok(t, s.Journal().Seal(bg, u, 2, ""))
	ok(t, s.Close())
	inDay(t, folder, func(day *bolt.Bucket) error {
		for bucket, want := range golden {
			n := 0
			ok(t, day.Bucket([]byte(bucket)).ForEach(func(k, v []byte) error {
				n++
				record := want[hex.EncodeToString(k)]
				if bucket == "open" && hex.EncodeToString(k) == goldenChanged {
					record = goldenVersion
				}
				if got := hex.EncodeToString(v); got != record {
					t.Errorf("%s: %x is %s, want %s", bucket, k, got, record)
				}
				return nil
			}))
			if n != len(want) {
				t.Errorf("%s: %d records, want %d", bucket, n, len(want))
			}
		}
		return nil
	})
}

// goldenPlace is an identity as the first program wrote it, and goldenPair one of a pair. A program of before refuses
// every record that does not begin with 1.
const (
	goldenPlace = "016561737400013031"
	goldenPair  = "02" + "656173740001" + "30310001" + "776573740001" + "57320001" + "01" + "00000002" + "6b0001" +
		"776573740001" + "57310001" + "18ea97281ce7c000"
)

// TestIdentities keeps the form of before while a journal is alone, and has another once it is not.
func TestIdentities(t *testing.T) {
	folder := t.TempDir()
	alone := journal.Place{Region: "east", Generation: "01"}
	pair := alone
	pair.Peer, pair.Unfilled = journal.Peer{Region: "west", Generation: "W2"}, true
	pair.Shards, pair.CursorKey = 2, "k"
	pair.Retired = []journal.Retired{{Peer: journal.Peer{Region: "west", Generation: "W1"}, At: start}}
	s := open(t, folder, time.Now)
	ok(t, s.Directory().Init(bg, alone))
	ok(t, s.Close())
	kept(t, folder, goldenPlace)
	s = open(t, folder, time.Now)
	ok(t, s.Directory().Change(bg, alone, pair))
	ok(t, s.Close())
	kept(t, folder, goldenPair)
	s = open(t, folder, time.Now)
	if p, err := s.Journal().Identity(bg); err != nil || !p.Equal(pair) {
		t.Errorf("identity %+v %v, want %+v", p, err, pair)
	}
}

// kept compares the identity in a file.
func kept(t *testing.T, folder, want string) {
	t.Helper()
	edit(t, folder, func(tx *bolt.Tx) error {
		if got := hex.EncodeToString(tx.Bucket([]byte("meta")).Get([]byte("place"))); got != want {
			t.Errorf("the identity is kept as %s, want %s", got, want)
		}
		return nil
	})
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	ok(t, err)
	return b
}
