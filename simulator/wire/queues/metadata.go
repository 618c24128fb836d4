package queues

import (
	"net/http"
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

// HasMetadata reports whether there is metadata in a header.
func HasMetadata(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, metadataPrefix) {
			return true
		}
	}
	return false
}

// MetadataOf is that of an answer's header, spelled as it is there, by small letters.
func MetadataOf(h http.Header, spelled map[string]string) map[string]string {
	found := map[string]string{}
	for name, values := range h {
		key, ok := strings.CutPrefix(name, metadataPrefix)
		if !ok || len(values) == 0 {
			continue
		}
		if key = strings.ToLower(key); spelled[key] != "" {
			key = spelled[key]
		}
		found[key] = values[0]
	}
	return found
}
