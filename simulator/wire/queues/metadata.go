package queues

import (
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tidemark/simulator/wire/spelling"
)

// Names of metadata keep the case in which they were created, and are the same in any case ("Naming Queues and
// Metadata"). net/http has the names of headers in a spelling of its own: how a caller spells them its connection
// knows (spelling), and how Azurite keeps them its lists of queues tell.

const metadataPrefix = "X-Ms-Meta-"

// readMetadata is that of a request's header, spelled as its caller does.
func readMetadata(r *http.Request) map[string]string {
	found := map[string]string{}
	for name, values := range r.Header {
		if key, ok := strings.CutPrefix(name, metadataPrefix); ok && len(values) > 0 {
			found[spelling.Of(r.Context(), key)] = values[0]
		}
	}
	return found
}

// twice reports whether a header sets a name of metadata more than once, in whatever case.
func twice(h http.Header) bool {
	for name, values := range h {
		if strings.HasPrefix(name, metadataPrefix) && len(values) > 1 {
			return true
		}
	}
	return false
}

// Spell takes the metadata of a header out and puts it into another as it is spelled there, by small letters.
func Spell(to, from http.Header, spelled map[string]string) {
	for name, values := range from {
		key, ok := strings.CutPrefix(name, metadataPrefix)
		if !ok {
			continue
		}
		delete(to, name)
		key = strings.ToLower(key)
		if name, ok := spelled[key]; ok {
			key = name
		}
		to["x-ms-meta-"+key] = values // not in Go's spelling, which nobody expects
	}
}

// Spelled is how the names of a queue's metadata are spelled, by small letters.
func (s *Store) Spelled(ctx context.Context, queue string) (map[string]string, error) {
	all, err := s.all(ctx, queue)
	if err != nil {
		return nil, err
	}
	spelled := map[string]string{}
	at := slices.IndexFunc(all, func(q listed) bool { return q.Name == queue })
	if at < 0 || all[at].Metadata == nil {
		return spelled, nil
	}
	var names struct {
		All []struct{ XMLName xml.Name } `xml:",any"`
	}
	if err := newDecoder([]byte("<Metadata>" + all[at].Metadata.XML + "</Metadata>")).Decode(&names); err != nil {
		return nil, err
	}
	for _, n := range names.All {
		spelled[strings.ToLower(n.XMLName.Local)] = n.XMLName.Local
	}
	return spelled, nil
}

// metadata is what a queue has; a *StatusError of 404 says that there is none.
func (s *Store) metadata(ctx context.Context, queue string) (map[string]string, error) {
	h, _, err := s.call(ctx, http.MethodGet, queuePath(queue), url.Values{"comp": {"metadata"}}, nil, nil)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	var spelled map[string]string
	for name, values := range h {
		key, ok := strings.CutPrefix(name, metadataPrefix)
		if !ok || len(values) == 0 {
			continue
		}
		if spelled == nil {
			if spelled, err = s.Spelled(ctx, queue); err != nil {
				return nil, err
			}
		}
		if key = strings.ToLower(key); spelled[key] != "" {
			key = spelled[key]
		}
		found[key] = values[0]
	}
	return found, nil
}
