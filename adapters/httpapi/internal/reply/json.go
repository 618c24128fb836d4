package reply

import (
	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/domain/readpath"
)

// JSON encodes a value that is small.
func JSON(v any) (*Reply, error) {
	b, err := encode.JSON(v)
	if err != nil {
		return nil, err
	}
	return &Reply{ContentType: TypeJSON, Body: b}, nil
}

// Read is JSON for a read, with what the answer vouches for.
func Read(v any, claim readpath.Claim) (*Reply, error) {
	r, err := JSON(v)
	if err != nil {
		return nil, err
	}
	r.conditional, r.claim = true, &claim
	return r, nil
}
