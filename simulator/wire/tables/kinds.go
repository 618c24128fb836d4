package tables

import (
	"net/http"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire"
)

// entityKind is what a verb does to an entity. An update has an If-Match, an upsert none ("Insert Or Replace Entity",
// "Insert Or Merge Entity").
func entityKind(verb string, keyed, conditional bool) (string, bool) {
	switch {
	case verb == http.MethodPost && !keyed:
		return inject.Insert, true
	case !keyed:
		return "", false
	case verb == http.MethodPut && conditional:
		return inject.Update, true
	case verb == http.MethodPut:
		return inject.Upsert, true
	case (verb == "MERGE" || verb == http.MethodPatch) && conditional:
		return inject.Merge, true
	case verb == "MERGE" || verb == http.MethodPatch:
		return inject.UpsertMerge, true
	case verb == http.MethodDelete:
		return inject.Delete, true
	}
	return "", false
}

// changesEntities says whether a kind writes to entities.
func changesEntities(kind string) bool {
	switch kind {
	case inject.Insert, inject.Update, inject.Merge, inject.Upsert, inject.UpsertMerge, inject.Delete, inject.Batch:
		return true
	}
	return false
}

// FormOf is how an operation's bodies are written.
func FormOf(kind string) wire.Form {
	if kind == inject.Stats || kind == inject.Properties || kind == inject.ACL {
		return wire.XML
	}
	return wire.JSON
}
