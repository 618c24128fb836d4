package loss_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/loss"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// example is a journal that has lost one number, and may have lost another and what came later, and its account.
func example(t *testing.T, body func(ctx context.Context, s loss.Survey, rows *memory.Rows)) {
	t.Helper()
	s := memory.NewSched(1)
	j, rows := memory.NewJournal(s), memory.NewRows(s)
	if err := s.Run(func() {
		ctx := context.Background()
		day := telemetry.DayOf(s.Now())
		floor, err := telemetry.EncodeShardState(nil, &telemetry.ShardState{Shard: shard,
			Floor: telemetry.StampAt(s.Now().Add(-time.Hour))})
		for _, err := range []error{err, j.Prepare(ctx, day), j.Register(ctx, shard, day), rows.Prepare(ctx),
			rows.Apply(ctx, chunks.Change{Key: chunks.ShardKey(shard), Value: floor}),
			j.Register(ctx, telemetry.Shard{Tenant: "u"}, day)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for n, acked := range map[telemetry.Number]telemetry.Number{1: 0, 2: 1, 4: 2, 6: 3} {
			b := &telemetry.Block{At: telemetry.Position{Stream: telemetry.Stream{Shard: shard, Day: day, Writer: "w"},
				Number: n}, Stamp: telemetry.StampAt(s.Now()), Acked: acked, Whole: 1}
			p, err := blockcodec.Encode(nil, b)
			if err == nil {
				_, err = j.Append(ctx, journal.Append{At: b.At, Stamp: b.Stamp, Block: p})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		body(ctx, loss.Survey{Survivor: journal.Peer{Region: "west", Generation: "w1"},
			Gone: journal.Peer{Region: "east", Generation: "e1"}, Journal: j, Directory: j}, rows)
	}); err != nil {
		t.Fatal(err)
	}
}

const certified = `{
  "version": 1,
  "survivor": {
    "region": "west",
    "generation": "w1"
  },
  "gone": {
    "region": "east",
    "generation": "e1"
  },
  "read_at": "2026-01-01T00:00:00Z",
  "last_acknowledgement": {
    "time": "2025-12-31T23:59:00Z",
    "by": "operator"
  },
  "even": null,
  "rows": "not asked",
  "floors": "asked",
  "totals": {
    "streams": 1,
    "lost": 1,
    "unknown": 1,
    "open": 1
  },
  "shards": [
    {
      "tenant": "t",
      "shard": 0,
      "unheard_since": {
        "time": "2025-12-31T23:00:00Z",
        "by": "stamps"
      },
      "streams": [
        {
          "day": "2026-01-01",
          "writer": "w",
          "life": "open",
          "dropped": 0,
          "last": 6,
          "acknowledged": 3,
          "whole": 1,
          "lost": [
            {
              "first": 3,
              "last": 3
            }
          ],
          "unknown": [
            {
              "first": 5,
              "last": 5
            },
            {
              "first": 7
            }
          ]
        }
      ]
    },
    {
      "tenant": "u",
      "shard": 0,
      "unheard_since": null,
      "streams": []
    }
  ],
  "digest": "sha256:3c2cb5a43e8eb85049552a6766fe1f004ffecbfb5cc09206ef42f3d1ea1e6daa"
}
`

// TestTheBytesOfACertificate are the same each time, are read back, and no other bytes are.
func TestTheBytesOfACertificate(t *testing.T) {
	example(t, func(ctx context.Context, s loss.Survey, rows *memory.Rows) {
		s.Rows, s.LastAck = rows, time.Date(2025, 12, 31, 23, 59, 0, 0, time.UTC)
		c, _, err := s.Certify(ctx)
		if err != nil {
			t.Fatal(err)
		}
		c = c.Sealed(nil)
		got := string(c.Bytes())
		if got != certified {
			t.Errorf("%s", got)
		}
		read, err := loss.Parse(c.Bytes())
		if err != nil || !bytes.Equal(read.Bytes(), c.Bytes()) || read.Digest != c.Digest {
			t.Errorf("read back: %+v, %v", read, err)
		}
		for what, with := range map[string][2]string{"a number": {`"lost": 1`, `"lost": 0`}, "a member": {`"rows"`, `"rovs"`},
			"a space": {`"version": 1`, `"version":  1`}, "the digest": {`sha256:`, `sha256:0`}, "all": {got, "{"}} {
			if _, err := loss.Parse([]byte(strings.Replace(got, with[0], with[1], 1))); !fault.Is(err, fault.Corrupt) {
				t.Errorf("%s was changed: %v", what, err)
			}
		}
		newer := strings.Replace(got, `"version": 1`, `"version": 3`, 1)
		if _, err := loss.Parse([]byte(newer)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(),
			"newer one") {
			t.Errorf("a newer version: %v", err)
		}
	})
}

// TestASignatureIsOfOneKeyAndOneCertificate: it is read back with its signer, who is always the same of one secret; no
// other certificate takes it, and none does without it.
func TestASignatureIsOfOneKeyAndOneCertificate(t *testing.T) {
	const signer = "ed25519:Flq26L4XhH3M3cnpfuoJURPsuPoog1+F1wYW5gTQ4Pc="
	const signature = "7zsWiuBEfO1aZd6Wi22fFzjCmfGQ5uWZAuLtG+oUaiEn7SOPgj1vgzKSohY8thBS6bop2B7sNtVTDvR2w94VAw=="
	key := loss.NewKey("a secret of both journals")
	example(t, func(ctx context.Context, s loss.Survey, rows *memory.Rows) {
		s.Rows, s.LastAck = rows, time.Date(2025, 12, 31, 23, 59, 0, 0, time.UTC)
		c, _, err := s.Certify(ctx)
		if err != nil {
			t.Fatal(err)
		}
		one := c.Sealed(key)
		if one.Signer != signer || one.Signature != signature || one.Signer != key.Name() {
			t.Errorf("signed by %s: %s", one.Signer, one.Signature)
		}
		if read, err := loss.Parse(one.Bytes()); err != nil || read.Signer != signer {
			t.Errorf("read back: %+v, %v", read, err)
		}
		s.LastAck = s.LastAck.Add(time.Second)
		c, _, err = s.Certify(ctx)
		other, foreign := c.Sealed(key), one
		if err != nil {
			t.Fatal(err)
		}
		foreign.Signature = other.Signature
		unsigned, version := one, c.Sealed(nil)
		unsigned.Signature = ""
		version.Version = 2
		version.Digest = "" // who changes it computes another digest
		for what, wrong := range map[string]loss.Certificate{"another's signature": foreign, "none": unsigned,
			"another signer": by(one, loss.NewKey("another secret").Name()), "no signer": version} {
			if _, err := loss.Parse(redigested(wrong).Bytes()); !fault.Is(err, fault.Corrupt) ||
				!strings.Contains(err.Error(), "signature") {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
	if loss.NewKey("") != nil || loss.NewKey("").Name() != "" {
		t.Error("there is a key without a secret")
	}
}

// by is a certificate that says it was signed by somebody.
func by(c loss.Certificate, signer string) loss.Certificate {
	c.Signer = signer
	return c
}

// redigested is a certificate with the digest of what it says: who changes one can do that, and cannot sign it.
func redigested(c loss.Certificate) loss.Certificate {
	c.Digest = ""
	bare := c
	bare.Signature = ""
	sum := sha256.Sum256(bare.Bytes())
	c.Digest = "sha256:" + hex.EncodeToString(sum[:])
	return c
}

// TestUpToWhenBothWereTheSame is what somebody says, else what the last sweep wrote of these two journals.
func TestUpToWhenBothWereTheSame(t *testing.T) {
	example(t, func(ctx context.Context, s loss.Survey, _ *memory.Rows) {
		now, err := s.Directory.Now(ctx)
		if err != nil {
			t.Fatal(err)
		}
		is := func(when string, want *loss.Moment) {
			t.Helper()
			c, _, err := s.Certify(ctx)
			if err != nil || (c.Even == nil) != (want == nil) || want != nil && *c.Even != *want {
				t.Errorf("%s: %+v, %v, want %+v", when, c.Even, err, want)
			}
		}
		is("before a sweep", nil)
		other := s.Gone
		other.Generation += "2"
		if err := s.Directory.SetEven(ctx, other, now); err != nil {
			t.Fatal(err)
		}
		is("with another journal", nil)
		at := now.Add(-time.Minute).UTC()
		if err := s.Directory.SetEven(ctx, s.Gone, at); err != nil {
			t.Fatal(err)
		}
		is("after a sweep", &loss.Moment{Time: at, By: loss.ByRow})
		s.Even = now.Add(-time.Hour).UTC()
		is("as somebody says", &loss.Moment{Time: s.Even, By: loss.ByOperator})
	})
}

// TestWhatWasNotAskedIsSaid: an account that nobody gave, and one that does not answer.
func TestWhatWasNotAskedIsSaid(t *testing.T) {
	example(t, func(ctx context.Context, s loss.Survey, rows *memory.Rows) {
		c, _, err := s.Certify(ctx)
		if err != nil || c.Floors != loss.AskedNone || c.Shards[0].Unheard != nil || c.LastAck.By != loss.ByStorage {
			t.Errorf("%+v, %v", c, err)
		}
		asked := 0
		rows.SetFault(func(string) memory.Fault {
			asked++
			return []memory.Fault{memory.FaultNone, memory.FaultFail}[min(asked-1, 1)]
		})
		s.Rows = rows
		c, _, err = s.Certify(ctx)
		if err != nil || c.Floors != loss.NoAnswer || c.Shards[0].Unheard != nil || asked != 2 {
			t.Errorf("%+v, %v, asked %d", c, err, asked)
		}
	})
}

// TestABlockThatCannotBeRead leaves nobody in the dark: its stream's holes are unknown.
func TestABlockThatCannotBeRead(t *testing.T) {
	example(t, func(ctx context.Context, s loss.Survey, _ *memory.Rows) {
		at := telemetry.Position{Stream: telemetry.Stream{Shard: shard, Day: 20454, Writer: "w"}, Number: 7}
		if _, err := s.Journal.Append(ctx, journal.Append{At: at, Block: []byte("?")}); err != nil {
			t.Fatal(err)
		}
		c, _, err := s.Certify(ctx)
		if st := c.Shards[0].Streams[0]; err != nil || st.Unreadable != 7 || len(st.Lost) != 0 || len(st.Unknown) != 3 {
			t.Errorf("%+v, %v", st, err)
		}
	})
}
