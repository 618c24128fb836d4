package call_test

import (
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/apitest"
)

// Another API of the process keeps its own errors.
func TestOthersKeepTheirErrors(t *testing.T) {
	apitest.Shared(t)
	err := huma.NewErrorWithContext(nil, 404, "other")
	if _, plain := err.(*huma.ErrorModel); !plain || err.GetStatus() != 404 {
		t.Errorf("%T", err)
	}
}
