package azurite

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Attach takes an Azurite that runs already, waits until it answers, and tries the key of each account. Nothing can
// be done to it but to ask it: Pause, Resume, Kill, Restart and AddAccount fail with ErrAttached.
func Attach(ctx context.Context, at Address) (*Server, error) {
	for _, u := range []*string{&at.TableURL, &at.QueueURL} {
		*u = strings.TrimSuffix(*u, "/")
		if parsed, err := url.Parse(*u); err != nil || parsed.Scheme != "http" || parsed.Host == "" ||
			parsed.Path != "" {
			return nil, fmt.Errorf("azurite: attach to %q: write http://host:port, without an account", *u)
		}
	}
	if len(at.Accounts) == 0 {
		return nil, errors.New("azurite: attach: name the accounts that it was started with, with their keys")
	}
	for _, a := range at.Accounts {
		if a.Key == "" {
			return nil, fmt.Errorf("azurite: attach: account %s has no key: give the one it was started with", a.Name)
		}
		if _, err := complete(a); err != nil {
			return nil, err
		}
	}
	s := &Server{attached: &at, accounts: at.Accounts}
	for {
		err := s.Healthy(ctx)
		if err == nil || errors.Is(err, errRefused) {
			return s, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// errRefused means that Azurite answers, and does not take an account's key.
var errRefused = errors.New("refused")

// Healthy asks both services, the table service by a signed request for each account, and says what is wrong. A
// paused server answers nothing, so bound the context.
func (s *Server) Healthy(ctx context.Context) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, a := range s.Accounts() {
		status, text, err := ask(ctx, client, s.TableURL(a.Name)+"/Tables?$top=1", &a)
		if err != nil {
			return fmt.Errorf("azurite: the table service does not answer: %w", err)
		}
		if status != http.StatusOK {
			return fmt.Errorf("azurite: account %s is %w with %d: is it one of AZURITE_ACCOUNTS, with this key? It "+
				"said: %s", a.Name, errRefused, status, text)
		}
	}
	if _, _, err := ask(ctx, client, s.QueueURL(s.Accounts()[0].Name), nil); err != nil {
		return fmt.Errorf("azurite: the queue service does not answer: %w", err)
	}
	return nil
}

// ask sends a GET, signed for an account of the table service or not at all: any answer, a refusal too, shows that
// somebody listens.
func ask(ctx context.Context, client *http.Client, url string, sign *Account) (status int, text string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	if sign != nil {
		signTable(req, *sign, time.Now())
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
	return resp.StatusCode, string(body), err
}

// signTable signs by SharedKeyLite for tables: the date and the path after the account (Authorize with Shared Key:
// "Table service (Shared Key Lite authorization)"; in a path-style address the account is named twice).
func signTable(req *http.Request, a Account, now time.Time) {
	date := now.UTC().Format(http.TimeFormat)
	key, _ := base64.StdEncoding.DecodeString(a.Key) // complete has tried it
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, date+"\n/"+a.Name+req.URL.EscapedPath())
	req.Header.Set("x-ms-date", date)
	req.Header.Set("x-ms-version", "2019-02-02")
	req.Header.Set("Accept", "application/json;odata=nometadata")
	req.Header.Set("Authorization", "SharedKeyLite "+a.Name+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
