package rediscache

import (
	"strconv"

	"tidemark/ports/cache"
)

// keyPrefix begins every key: whose it is, and the version of the codec. A new version leaves the old keys to their
// lifetimes.
const keyPrefix = "tidemark:1:"

// encode is the Redis key of k: each part behind its length in bytes and a colon, so that no two keys meet, whatever
// they hold.
func encode(k cache.Key) string {
	b := make([]byte, 0, len(keyPrefix)+len(k.Tenant)+len(k.Kind)+len(k.Name)+12)
	b = append(b, keyPrefix...)
	for _, part := range [...]string{k.Tenant, k.Kind, k.Name} {
		b = strconv.AppendInt(b, int64(len(part)), 10)
		b = append(b, ':')
		b = append(b, part...)
	}
	return string(b)
}
