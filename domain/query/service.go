package query

import "tidemark/domain/readpath"

// Service answers questions. It is safe for concurrent use.
type Service struct{ reader *readpath.Reader }

// New makes a service over what reads.
func New(r *readpath.Reader) *Service { return &Service{r} }
