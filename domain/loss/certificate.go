package loss

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// Version is the form of certificates that are signed. One that is not, because its journal had no key, is of version
// 1, as all were once.
const Version = 2

// Certificate is what is lost with a journal. Its bytes are the same for the same content: Sealed completes it, Bytes
// writes it, Parse reads it and holds digest and signature against it. docs/certificate.md has the schema.
type Certificate struct {
	Version  int     `json:"version"`
	Survivor Journal `json:"survivor"`
	Gone     Journal `json:"gone"`
	// ReadAt is when the surviving journal was read, by the clock of its storage.
	ReadAt time.Time `json:"read_at"`
	// LastAck is the last time at which the lost journal may have acknowledged something.
	LastAck Moment `json:"last_acknowledgement"`
	// Even is a time of which it was known that both journals had whatever was stored before it; nil: not known.
	Even *Moment `json:"even"`
	// Rows says whether rows of the account were asked for blocks that no journal has.
	Rows Asked `json:"rows"`
	// Floors says whether the account was asked for the floors of the shards.
	Floors Asked   `json:"floors"`
	Totals Totals  `json:"totals"`
	Shards []Shard `json:"shards"`
	// Signer is the public key of who signed it; empty of version 1.
	Signer    string `json:"signer,omitempty"`
	Digest    string `json:"digest"`
	Signature string `json:"signature,omitempty"`
}

// Journal names a journal: its region, and which one of that.
type Journal struct {
	Region     string `json:"region"`
	Generation string `json:"generation"`
}

// Moment is a time and whose word it is.
type Moment struct {
	Time time.Time `json:"time"`
	By   Clock     `json:"by"`
}

// Clock is what a time goes by.
type Clock string

// The clocks.
const (
	ByOperator Clock = "operator" // somebody gave it
	ByStorage  Clock = "storage"  // the clock of the surviving journal's storage
	ByRow      Clock = "row"      // the earlier clock of the two storages; a sweep wrote it into the survivor
	ByStamps   Clock = "stamps"   // stamps of blocks: the earlier clock of the two journals' storages
)

// Asked says whether something beside the journal was asked.
type Asked string

// What was asked.
const (
	AskedAll  Asked = "asked"
	AskedNone Asked = "not asked"
	NoAnswer  Asked = "no answer"
)

// Totals count over all shards.
type Totals struct {
	Streams int    `json:"streams"` // that the survivor lists
	Lost    uint64 `json:"lost"`    // blocks
	Unknown uint64 `json:"unknown"` // numbers between others that may have been acknowledged
	Open    int    `json:"open"`    // streams with numbers after the last one that survives, of which nobody knows
}

// Shard is what is lost of the sources of a tenant that share their streams.
type Shard struct {
	Tenant telemetry.Tenant `json:"tenant"`
	Index  uint16           `json:"shard"`
	// Unheard is since when streams may have been born of which the survivor has not heard: they hold nothing that is
	// stamped at or before it. nil: not known.
	Unheard *Moment  `json:"unheard_since"`
	Streams []Stream `json:"streams"`
}

// Stream is what is left of a stream, and what is not.
type Stream struct {
	Day    string           `json:"day"`
	Writer telemetry.Writer `json:"writer"`
	Life   string           `json:"life"`
	// Dropped is the dropped mark: rows of the account have everything at or below it.
	Dropped telemetry.Number `json:"dropped"`
	// Last is the highest number that survives, or was dropped; Acked the highest that any surviving block says was
	// acknowledged; Whole that up to which it says that both journals have everything.
	Last  telemetry.Number `json:"last"`
	Acked telemetry.Number `json:"acknowledged"`
	Whole telemetry.Number `json:"whole"`
	// Unreadable is the highest block if it cannot be read: then it is not known what was acknowledged, and every hole
	// is unknown.
	Unreadable telemetry.Number `json:"unreadable,omitempty"`
	Lost       []Range          `json:"lost"`
	Unknown    []Range          `json:"unknown"`
}

// Range is numbers from the first to the last, both included. One without a last has no end that is known.
type Range struct {
	First telemetry.Number `json:"first"`
	Last  telemetry.Number `json:"last,omitempty"`
}

// Has reports whether a number is in it.
func (r Range) Has(n telemetry.Number) bool { return n >= r.First && (r.Last == 0 || n <= r.Last) }

// Bytes is the certificate as it is kept: JSON with two spaces and a line's end.
func (c Certificate) Bytes() []byte { return c.encode() }

// Sealed is the certificate with its digest, and signed if there is a key.
func (c Certificate) Sealed(key Key) Certificate {
	c.Version, c.Signer, c.Signature = 1, "", ""
	if key != nil {
		c.Version, c.Signer = Version, key.Name()
	}
	if c.Digest = c.digest(); key != nil {
		c.Signature = key.sign(c.Digest)
	}
	return c
}

// digest is over the bytes of the certificate with neither a digest nor a signature.
func (c Certificate) digest() string {
	c.Digest, c.Signature = "", ""
	sum := sha256.Sum256(c.encode())
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (c Certificate) encode() []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(c) // into memory, and of what JSON can say
	return out.Bytes()
}

// Parse reads a certificate. One that was changed, be it by a space, is fault.Corrupt; one of another version is
// fault.Invalid. Whose signature it has is another question: Certificate.Signer says.
func Parse(p []byte) (c Certificate, err error) {
	const op = "certificate"
	var form struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(p, &form); err != nil {
		return c, fault.New(fault.Corrupt, op, "this is no certificate: %v", err)
	}
	if form.Version < 1 || form.Version > Version {
		return c, fault.New(fault.Invalid, op, "this is a certificate of version %d, and this program reads versions "+
			"1 to %d: use the program that wrote it, or a newer one", form.Version, Version)
	}
	d := json.NewDecoder(bytes.NewReader(p))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fault.New(fault.Corrupt, op, "this is no certificate: %v", err)
	}
	if want := c.digest(); c.Digest != want || !bytes.Equal(c.encode(), p) {
		return c, fault.New(fault.Corrupt, op, "the certificate says the digest %s, and its content has %s, or is "+
			"written otherwise: it was changed after it was made. Take the original", c.Digest, want)
	}
	bare := c.Signer == "" && c.Signature == ""
	if bare != (c.Version == 1) || !bare && !signed(c.Signer, c.Digest, c.Signature) {
		return c, fault.New(fault.Corrupt, op, "the signature is not that of the key %q for this certificate: it was "+
			"changed after it was made. Take the original", c.Signer)
	}
	return c, nil
}
