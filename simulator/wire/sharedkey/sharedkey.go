// Package sharedkey signs and checks requests of Azure Storage: SharedKey and SharedKeyLite, of the table and of the
// queue service, path style.
//
// The strings to sign are those of "Authorize with Shared Key" (Microsoft Learn, REST API of Azure Storage), read as
// Azurite 3.37 reads them (its table and queue SharedKeyAuthenticator): of the query only parameters with exactly one
// "=" count, the last of a name wins, and a path of a secondary endpoint may be signed with or without "-secondary".
package sharedkey

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	full = "SharedKey"
	lite = "SharedKeyLite"

	secondarySuffix = "-secondary"
)

// Key signs for one account. It is safe for concurrent use.
type Key struct {
	account string
	key     []byte
	now     func() time.Time
}

// New takes the account's name, without -secondary, and its key as the portal shows it.
func New(account, base64key string) (*Key, error) {
	if account == "" {
		return nil, errors.New("sharedkey: the account has no name: give the name that the path begins with, " +
			"without -secondary")
	}
	key, err := base64.StdEncoding.DecodeString(base64key)
	if err != nil {
		return nil, fmt.Errorf("sharedkey: the key of account %s is not base64: %w", account, err)
	}
	if len(key) == 0 {
		return nil, fmt.Errorf("sharedkey: the key of account %s is empty: give 64 bytes in base64", account)
	}
	return &Key{account: account, key: key, now: time.Now}, nil
}

// SignTable sets x-ms-date and Authorization (SharedKeyLite) of a request whose path is /account/..., as Azurite
// checks it. A -secondary path is signed as it is sent. Of the headers and the query only x-ms-date and comp are
// signed: the rest may change afterwards.
func (k *Key) SignTable(r *http.Request) {
	k.date(r)
	k.authorize(r, lite, tableLite(r, r.URL.EscapedPath(), k.account))
}

// SignQueue does so for the queue service (SharedKey). Call it when the URL, the headers and ContentLength are final.
func (k *Key) SignQueue(r *http.Request) {
	k.date(r)
	k.authorize(r, full, queueFull(r, r.URL.EscapedPath(), k.account))
}

// CheckQueue reports whether a request's own SharedKey or SharedKeyLite signature is right. A request with a SAS (sig
// in its query), with a token, or without Authorization is not checked: signed is false. The age of the date is not
// looked at, as Azurite does not.
func (k *Key) CheckQueue(r *http.Request) (signed, right bool) { return k.check(r, queueStrings) }

// CheckTable does so for the table service.
func (k *Key) CheckTable(r *http.Request) (signed, right bool) { return k.check(r, tableStrings) }

type stringToSign func(r *http.Request, path, account string) string

var (
	queueStrings = map[string]stringToSign{full: queueFull, lite: queueLite}
	tableStrings = map[string]stringToSign{full: tableFull, lite: tableLite}
)

func (k *Key) check(r *http.Request, forms map[string]stringToSign) (signed, right bool) {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	form, known := forms[scheme]
	if !known || r.URL.Query().Has("sig") {
		return false, false
	}
	for _, path := range k.signedPaths(r.URL.EscapedPath()) {
		want := k.account + ":" + k.sum(form(r, path, k.account))
		if hmac.Equal([]byte(value), []byte(want)) {
			return true, true
		}
	}
	return true, false
}

// signedPaths are the paths that a client may have signed: SDKs differ in whether a secondary's path is signed with
// its suffix.
func (k *Key) signedPaths(path string) []string {
	secondary := "/" + k.account + secondarySuffix
	if rest, ok := strings.CutPrefix(path, secondary); ok && (rest == "" || rest[0] == '/') {
		return []string{"/" + k.account + rest, path}
	}
	return []string{path}
}

// date replaces both dates: Date, where there is one, would be signed in the place of x-ms-date.
func (k *Key) date(r *http.Request) {
	r.Header.Del("Date")
	r.Header.Set("x-ms-date", k.now().UTC().Format(http.TimeFormat))
}

func (k *Key) authorize(r *http.Request, scheme, text string) {
	r.Header.Set("Authorization", scheme+" "+k.account+":"+k.sum(text))
}

func (k *Key) sum(text string) string {
	h := hmac.New(sha256.New, k.key)
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
