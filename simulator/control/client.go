package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"tidemark/simulator/topology"
)

// Client gives orders to the control API of another process. Refusals are *Problem.
type Client struct {
	URL  string       // as http://127.0.0.1:8090
	HTTP *http.Client // nil is one that waits a minute
}

// ErrUnreachable means that nothing that is a simulator's control API answers at the address.
var ErrUnreachable = errors.New("no simulator answers there: start one with `tidemark sim up`, or give the address " +
	"of its control API with --control")

// Do sends a request with a body as JSON (nil is none) and reads the answer into out (nil reads none).
func (c *Client) Do(ctx context.Context, method, path string, body, out any) error {
	var text io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		text = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base()+path, text)
	if err != nil {
		return fmt.Errorf("%s: %w", c.URL, err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.client().Do(r)
	if err != nil {
		if ctx.Err() == nil && (errors.Is(err, syscall.ECONNREFUSED) || isDial(err)) {
			return fmt.Errorf("%s: %w", c.URL, ErrUnreachable)
		}
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 256<<20))
	if err != nil {
		return err
	}
	return read(answer, b, out)
}

func read(answer *http.Response, body []byte, out any) error {
	if answer.StatusCode >= 400 {
		var p Problem
		if json.Unmarshal(body, &p) != nil || p.Code == "" {
			return fmt.Errorf("%s: %w (it says %s)", answer.Request.URL.Host, ErrUnreachable, answer.Status)
		}
		return &p
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s: %w (%w)", answer.Request.URL.Host, ErrUnreachable, err)
	}
	return nil
}

func (c *Client) base() string {
	text := strings.TrimRight(c.URL, "/")
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	return text
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return &http.Client{Timeout: time.Minute}
}

func isDial(err error) bool {
	var u *url.Error
	return errors.As(err, &u) && strings.Contains(u.Err.Error(), "dial ")
}

// Accounts lists the storage accounts.
func (c *Client) Accounts(ctx context.Context) ([]Account, error) {
	var all list[Account]
	err := c.Do(ctx, "GET", "/accounts", nil, &all)
	return all.Items, err
}

// Regions lists the regions.
func (c *Client) Regions(ctx context.Context) ([]Region, error) {
	var all list[Region]
	err := c.Do(ctx, "GET", "/regions", nil, &all)
	return all.Items, err
}

// Outages lists the outages under way.
func (c *Client) Outages(ctx context.Context) ([]Outage, error) {
	var all list[Outage]
	err := c.Do(ctx, "GET", "/outages", nil, &all)
	return all.Items, err
}

// Paths lists which place reaches which part of which region.
func (c *Client) Paths(ctx context.Context) ([]Path, error) {
	var all list[Path]
	err := c.Do(ctx, "GET", "/paths", nil, &all)
	return all.Items, err
}

// Faults lists the rules.
func (c *Client) Faults(ctx context.Context) ([]Fault, error) {
	var all list[Fault]
	err := c.Do(ctx, "GET", "/faults", nil, &all)
	return all.Items, err
}

// Distances lists how far the places are apart.
func (c *Client) Distances(ctx context.Context) ([]Distance, error) {
	var all list[Distance]
	err := c.Do(ctx, "GET", "/distances", nil, &all)
	return all.Items, err
}

// Addresses says where everything is.
func (c *Client) Addresses(ctx context.Context) (a topology.Addresses, err error) {
	err = c.Do(ctx, "GET", "/addresses", nil, &a)
	return a, err
}

// Service is what runs in the regions.
func (c *Client) Service(ctx context.Context) (s topology.Service, err error) {
	err = c.Do(ctx, "GET", "/service", nil, &s)
	return s, err
}

// LastEvent is the ID of the last event of the truth stream.
func (c *Client) LastEvent(ctx context.Context) (uint64, error) {
	var capabilities Capabilities
	err := c.Do(ctx, "GET", "/capabilities", nil, &capabilities)
	return capabilities.LastEvent, err
}

// Follow hands over the events after an ID, and those that come, until the context ends or f fails.
func (c *Client) Follow(ctx context.Context, after uint64, f func(topology.Event) error) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet,
		fmt.Sprintf("%s/events.jsonl?follow=true&after=%d", c.base(), after), nil)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{}).Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	lines := json.NewDecoder(answer.Body)
	for {
		var e topology.Event
		if err := lines.Decode(&e); err != nil {
			return err
		}
		if err := f(e); err != nil {
			return err
		}
	}
}
