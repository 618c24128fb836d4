package ledger

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tidemark/simulator/wire/queues"
)

// Page is the answer to a List Queues, by names. Azurite's own pages go by the order in which queues were made, and
// give the first page again and again where that is not the order of the names.
func (s *Store) Page(ctx context.Context, l queues.Listing, endpoint string) ([]byte, error) {
	all, err := s.all(ctx, l.Prefix())
	if err != nil {
		return nil, err
	}
	return l.Page(s.Account, endpoint, all)
}

// all are the account's queues with a prefix, by name.
func (s *Store) all(ctx context.Context, prefix string) ([]queues.Listed, error) {
	query := url.Values{"comp": {"list"}, "include": {"metadata"}, "maxresults": {"2147483647"}}
	if prefix != "" {
		query.Set("prefix", prefix)
	}
	_, body, err := s.call(ctx, http.MethodGet, "", query, nil, nil)
	if err != nil {
		return nil, err
	}
	all, err := queues.ReadList(body)
	slices.SortFunc(all, func(a, b queues.Listed) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

// List names the account's queues.
func (s *Store) List(ctx context.Context) ([]string, error) {
	all, err := s.all(ctx, "")
	names := make([]string, len(all))
	for i, q := range all {
		names[i] = q.Name
	}
	return names, err
}

// Spelled is how the names of a queue's metadata are spelled, by small letters.
func (s *Store) Spelled(ctx context.Context, queue string) (map[string]string, error) {
	all, err := s.all(ctx, queue)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(q queues.Listed) bool { return q.Name == queue })
	if at < 0 {
		return map[string]string{}, nil
	}
	return all[at].Spelled()
}

// metadata is what a queue has; a *StatusError of 404 says that there is none.
func (s *Store) Metadata(ctx context.Context, queue string) (map[string]string, error) {
	h, _, err := s.call(ctx, http.MethodGet, queuePath(queue), url.Values{"comp": {"metadata"}}, nil, nil)
	if err != nil || !queues.HasMetadata(h) {
		return map[string]string{}, err
	}
	spelled, err := s.Spelled(ctx, queue)
	if err != nil {
		return nil, err
	}
	return queues.MetadataOf(h, spelled), nil
}
