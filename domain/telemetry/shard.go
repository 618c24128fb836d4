package telemetry

// ShardOf is the shard of a source among so many (at least 1): FNV-1a of 64 bits, its halves folded, modulo shards.
// It is frozen: where a source's blocks lie depends on it.
func ShardOf(s Source, shards int) uint16 {
	if shards <= 1 {
		return 0
	}
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return uint16(uint32(h>>32^h) % uint32(shards))
}
