package reply

import (
	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/domain/query"
)

// JSON encodes a value that is small.
func JSON(v any) (*Reply, error) {
	b, err := encode.JSON(v)
	if err != nil {
		return nil, err
	}
	return &Reply{ContentType: TypeJSON, Body: b}, nil
}

// Read is jsonReply for a read.
func Read(v any, claim query.Claim) (*Reply, error) {
	r, err := JSON(v)
	if err != nil {
		return nil, err
	}
	r.Conditional, r.Claim = true, &claim
	return r, nil
}
