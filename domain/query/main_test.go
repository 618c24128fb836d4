package query_test

import (
	"testing"

	"tidemark/domain/internal/virtual"
)

func TestMain(m *testing.M) { virtual.Main(m) }
