package operations_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/work"
)

func TestTasks(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Tasks.AllTasks = []work.Task{apitest.Task("t1"), {ID: "t2", State: work.StateDone, Updated: apitest.Now}}
	want := schema.TaskBody{ID: "t1", Kind: "compact", State: "poisoned", Reason: "corrupt", Deliveries: 5,
		Updated: apitest.Now}
	if diff := cmp.Diff(want, apitest.Decoded[schema.TaskBody](t, r.Do("GET", "/v1/tasks/t1", nil))); diff != "" {
		t.Errorf("task (-want +got):\n%s", diff)
	}
	if got := apitest.Decoded[schema.TaskBody](t, r.Do("POST", "/v1/tasks/t1/redrive", nil)); got.State != "queued" {
		t.Errorf("driven again: %+v", got)
	}
	apitest.WantProblem(t, r.Do("POST", "/v1/tasks/t2/redrive", nil), 409, "conflict")
	apitest.WantProblem(t, r.Do("GET", "/v1/tasks/t3", nil), 404, "not-found")
}
