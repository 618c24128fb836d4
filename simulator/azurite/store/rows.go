package store

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
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/wire/odata"
	"tidemark/simulator/wire/tables"
)

// The calls here are the simulator's own, signed with the account's key.

// tableGet reads JSON from the tables of a region's store. A status other than 200 is a *statusError.
func (s *Store) tableGet(ctx context.Context, region georep.Region, path string, query url.Values,
	into any) (http.Header, error) {
	var h http.Header
	err := s.tableRead(ctx, region, path, query, func(resp *http.Response) error {
		h = resp.Header
		return json.NewDecoder(resp.Body).Decode(into)
	})
	return h, err
}

// tableXML reads what is XML: access policies, and the properties of the service.
func (s *Store) tableXML(ctx context.Context, region georep.Region, path string,
	query url.Values) (body []byte, err error) {
	err = s.tableRead(ctx, region, path, query, func(resp *http.Response) (err error) {
		body, err = io.ReadAll(resp.Body)
		return err
	})
	return body, err
}

func (s *Store) tableRead(ctx context.Context, region georep.Region, path string, query url.Values,
	read func(*http.Response) error) error {
	address := s.o.Where(region).Table + "/" + s.o.Account + "/" + path
	if len(query) > 0 {
		address += "?" + queryEscape(query)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json;odata=minimalmetadata")
	resp, err := s.callTable(r)
	if err != nil {
		return err
	}
	defer finish(resp)
	if resp.StatusCode != http.StatusOK {
		return statusOf(r, resp)
	}
	if err := read(resp); err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	return nil
}

// callTable signs and sends.
func (s *Store) callTable(r *http.Request) (*http.Response, error) {
	if r.Header.Get("X-Ms-Version") == "" {
		r.Header.Set("X-Ms-Version", "2019-02-02")
	}
	r.Header.Set("Dataserviceversion", "3.0")
	s.o.Sign.SignTable(r)
	return s.do(r)
}

// finish reads an answer to its end, so that the connection can be used again.
func finish(resp *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // a connection that is not read to its end is closed
	_ = resp.Body.Close()
}

// statusError is an answer of a store that was not expected.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return e.text }

func statusOf(r *http.Request, resp *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1024)) // only for the text
	return &statusError{resp.StatusCode, fmt.Sprintf("%s %s: %s: %s", r.Method, r.URL.Path, resp.Status,
		bytes.TrimSpace(body))}
}

func isStatus(err error, status int) bool {
	var e *statusError
	return errors.As(err, &e) && e.status == status
}

// Row is a row as a store has it.
type Row struct {
	Key    string
	Stamp  time.Time // carried; zero where the row carries none
	Native string    // Azurite's ETag
	at     time.Time // Azurite's Timestamp
	fields map[string]json.RawMessage
}

func (r *Row) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &r.fields); err != nil {
		return err
	}
	var carried, at string
	for name, into := range map[string]*string{"RowKey": &r.Key, "odata.etag": &r.Native, odata.Carrier: &carried,
		"Timestamp": &at} {
		if raw, ok := r.fields[name]; ok {
			if err := json.Unmarshal(raw, into); err != nil {
				return fmt.Errorf("property %s of a row: %w", name, err)
			}
		}
	}
	var err error
	if carried != "" {
		if r.Stamp, err = odata.ParseStampText(carried); err != nil {
			return err
		}
	}
	if at != "" {
		r.at, err = time.Parse(time.RFC3339Nano, at)
	}
	return err
}

// since is the row's Timestamp as clients see it.
func (r *Row) since() time.Time {
	if r.Stamp.IsZero() {
		return r.at
	}
	return r.Stamp
}

// body is the row as it is written: with its carrier, and with the type of a Double named. Azurite would take 5.0 for
// an Int32.
func (r *Row) body() []byte {
	b := append([]byte(`{"`+odata.Carrier+`":"`), odata.StampText(r.since())...)
	b = append(b, '"')
	for name, value := range r.fields {
		if name == odata.Carrier || name == "Timestamp" || strings.HasPrefix(name, "odata.") ||
			strings.HasPrefix(name, "Timestamp@") {
			continue
		}
		if c := value[0]; (c == '-' || c >= '0' && c <= '9') && bytes.ContainsAny(value, ".eE") {
			b = append(append(b, ','), quoted(name+"@odata.type")...)
			b = append(b, `:"Edm.Double"`...)
		}
		b = append(append(b, ','), quoted(name)...)
		b = append(append(b, ':'), value...)
	}
	return append(b, '}')
}

func quoted(text string) []byte {
	b, _ := json.Marshal(text) // a string always marshals
	return b
}

// Row reads one row. Found is false when it, or its table, is not there.
func (s *Store) Row(ctx context.Context, region georep.Region, table, pk,
	rk string) (r Row, found bool, err error) {
	path := table + "(PartitionKey='" + pathKey(pk) + "',RowKey='" + pathKey(rk) + "')"
	_, err = s.tableGet(ctx, region, path, url.Values{"$select": {odata.Carrier + ",RowKey"}}, &r)
	if isStatus(err, http.StatusNotFound) {
		return Row{}, false, nil
	}
	return r, err == nil, err
}

// Field is a property of the row as JSON; nil where it has none of that name.
func (r *Row) Field(name string) json.RawMessage { return r.fields[name] }

// Each gives all rows of a partition, as the region's storage has them; none of a table that is not there.
func (s *Store) Each(ctx context.Context, in georep.Region, table, key string, do func(*Row) error) error {
	for pages := s.rowPages(in, table, partitionFilter(key), ""); !pages.done; {
		var page struct{ Value []Row }
		if err := pages.next(ctx, &page); err != nil {
			return err
		}
		for i := range page.Value {
			if err := do(&page.Value[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func pathKey(key string) string {
	return url.PathEscape(strings.ReplaceAll(key, "'", "''"))
}

// rowPages reads rows by pages.
type rowPages struct {
	s      *Store
	region georep.Region
	table  string
	query  url.Values
	done   bool
}

func (s *Store) rowPages(region georep.Region, table, filter, fields string) *rowPages {
	q := url.Values{}
	if filter != "" {
		q.Set("$filter", filter)
	}
	if fields != "" {
		q.Set("$select", fields)
	}
	return &rowPages{s: s, region: region, table: table, query: q}
}

// next gives the next page; of a table that is not there none.
func (p *rowPages) next(ctx context.Context, into any) error {
	h, err := p.s.tableGet(ctx, p.region, p.table+"()", p.query, into)
	if isStatus(err, http.StatusNotFound) {
		p.done = true
		return nil
	}
	if err != nil {
		return err
	}
	partition, rowKey := h.Get("X-Ms-Continuation-Nextpartitionkey"), h.Get("X-Ms-Continuation-Nextrowkey")
	p.done = partition == "" && rowKey == ""
	p.query.Set("NextPartitionKey", partition) // "" is a key: without it Azurite would give nothing more
	p.query.Set("NextRowKey", rowKey)
	return nil
}

// TableNames lists the tables of a region's store.
func (s *Store) TableNames(ctx context.Context, region georep.Region) ([]string, error) {
	var names []string
	query := url.Values{}
	for {
		var page struct {
			Value []struct{ TableName string }
		}
		h, err := s.tableGet(ctx, region, "Tables", query, &page)
		if err != nil {
			return nil, err
		}
		for _, t := range page.Value {
			names = append(names, t.TableName)
		}
		next := h.Get("X-Ms-Continuation-Nexttablename")
		if next == "" {
			return names, nil
		}
		query.Set("NextTableName", next)
	}
}

// queryEscape is a query as the services read it: a plus is a plus there.
func queryEscape(q url.Values) string { return strings.ReplaceAll(q.Encode(), "+", "%20") }

// repeat repeats a write on a region's storage: it may take several calls.
func (s *Store) repeat(ctx context.Context, in georep.Region, w *tables.Replica) error {
	for {
		r, err := w.Request(s.o.Where(in).Table, s.o.Account)
		if err != nil {
			return err
		}
		resp, err := s.callTable(r.WithContext(ctx))
		if err != nil {
			return err
		}
		done, err := w.Done(resp.StatusCode, resp.Body)
		finish(resp)
		if done || err != nil {
			return err
		}
	}
}

func partitionFilter(key string) string {
	return "PartitionKey eq '" + strings.ReplaceAll(key, "'", "''") + "'"
}
