package aztable_test

import (
	"testing"

	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// TestContents asks accounts for what they hold, whole and cut into pages: tables without rows are nothing.
func TestContents(t *testing.T) {
	t.Parallel()
	s, whole := azuritetest.Account(t)
	url, cut := paged(t)
	for name, at := range map[string]struct {
		url string
		of  azurite.Account
	}{"whole": {s.TableURL(whole.Name), whole}, "in pages": {url, cut}} {
		t.Run(name, func(t *testing.T) {
			client, _ := openAt(t, at.url, at.of)
			rows, ctx := client.Rows(), t.Context()
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			holds := func(wantBare bool, wantLast int32, want bool) {
				t.Helper()
				bare, err := rows.Bare(ctx)
				must(err)
				last, any, err := rows.LastYear(ctx)
				if err != nil || bare != wantBare || any != want || want && last != wantLast {
					t.Errorf("bare %v, last year %d, %v, %v; want %v, %d, %v", bare, last, any, err, wantBare, wantLast,
						want)
				}
			}
			key := func(tenant telemetry.Tenant, year int32) chunks.Key {
				return chunks.ChunkKey(tenant, telemetry.Series{Source: "s", Metric: "m"}, telemetry.YearWindow(year))
			}
			holds(true, 0, false)
			must(rows.Prepare(ctx, -2, 7, 55, 300))
			holds(true, 0, false)
			must(rows.Apply(ctx, chunks.Change{Key: key("a", -2), Value: []byte("v")}))
			holds(false, -2, true)
			for _, tenant := range []telemetry.Tenant{"a", "b", "c"} {
				must(rows.Apply(ctx, chunks.Change{Key: key(tenant, 55), Value: []byte("v")}))
			}
			holds(false, 55, true)
			must(rows.Expire(ctx, 56))
			holds(false, 0, false) // the account knows what has expired
		})
	}
}
