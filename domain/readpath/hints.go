package readpath

import (
	"sync"

	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// hint is what was last seen of a split window. It says what to read ahead, and never stands for what is there: an
// unplanned failover brings windows back as they were before they were split.
type hint struct {
	split chunks.Version // of the marker; "" if the window is not known to be split
	last  int64          // the greatest index of a child that was there
}

type windowKey struct {
	tenant telemetry.Tenant
	series telemetry.Series
	window telemetry.Window
	// Seen at the secondary endpoint. What was split at the primary may be whole there still, and come to have the
	// marker's version while it is read: versions come back there.
	secondary bool
}

// hints remembers split windows, up to a bound. It is safe for concurrent use.
type hints struct {
	most int

	mu    sync.Mutex
	known map[windowKey]hint
}

func (h *hints) of(k windowKey) hint {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known[k]
}

// note takes over what was read of a window: the version of its marker, "" for a window that is not split.
func (h *hints) note(k windowKey, marker chunks.Version) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, ok := h.known[k]
	switch {
	case was.split == marker:
	case marker == "":
		delete(h.known, k)
	default:
		if !ok && len(h.known) >= h.most {
			clear(h.known)
		}
		was.split = marker
		h.known[k] = was
	}
}

// noteChild takes over that a child of a split window is there.
func (h *hints) noteChild(k windowKey, child int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if was, ok := h.known[k]; ok && was.last < child {
		was.last = child
		h.known[k] = was
	}
}
