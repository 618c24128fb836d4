package up_test

import (
	"testing"

	"tidemark/app/tidemark/internal/cli/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m) }
