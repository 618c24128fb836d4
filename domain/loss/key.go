package loss

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Key signs certificates: Ed25519. nil signs nothing.
type Key ed25519.PrivateKey

// purpose keeps keys and signatures apart from all others that are made of the same secret.
const purpose = "tidemark certificate of loss"

// NewKey is the key that follows from a secret which the journals of both regions hold, and so either does when the
// other is lost; nil without a secret.
func NewKey(secret string) Key {
	if secret == "" {
		return nil
	}
	seed, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose, ed25519.SeedSize)
	if err != nil { // only of a length that HKDF cannot give
		panic(err)
	}
	return Key(ed25519.NewKeyFromSeed(seed))
}

// Name is the public key, "ed25519:" and base64; empty of none.
func (k Key) Name() string {
	if k == nil {
		return ""
	}
	return algorithm + encoding.EncodeToString(ed25519.PrivateKey(k).Public().(ed25519.PublicKey))
}

const algorithm = "ed25519:"

var encoding = base64.StdEncoding

func (k Key) sign(digest string) string {
	return encoding.EncodeToString(ed25519.Sign(ed25519.PrivateKey(k), []byte(purpose+"\n"+digest)))
}

// signed reports whether a signature is that of a signer for a digest.
func signed(signer, digest, signature string) bool {
	name, is := strings.CutPrefix(signer, algorithm)
	key, wrong := encoding.DecodeString(name)
	made, bad := encoding.DecodeString(signature)
	return is && wrong == nil && bad == nil && len(key) == ed25519.PublicKeySize &&
		ed25519.Verify(key, []byte(purpose+"\n"+digest), made)
}
