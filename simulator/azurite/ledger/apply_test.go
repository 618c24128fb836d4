package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/queues"
	"tidemark/simulator/wire/sharedkey"
)

// seed is TIDEMARK_SEED, or a new one; it is printed.
func seed(t *testing.T) uint64 {
	t.Helper()
	s := rand.Uint64()
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		var err error
		if s, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("TIDEMARK_SEED=%d", s)
	return s
}

var errCut = errors.New("cut by the test")

// cutting fails some calls: half of them were done, and the answer is lost.
type cutting struct {
	random *rand.Rand
	share  float64
	cuts   int
}

func (c *cutting) do(r *http.Request) (*http.Response, error) {
	x := c.random.Float64()
	if x < c.share/2 {
		c.cuts++
		return nil, errCut
	}
	answer, err := http.DefaultClient.Do(r)
	if err == nil && x < c.share {
		c.cuts++
		_ = answer.Body.Close()
		return nil, errCut
	}
	return answer, err
}

// model is what a queue has to be.
type model struct {
	exists   bool
	messages map[string]Message
	next     int
}

// change draws a write, does it to the model, and gives what is to be repeated.
func (m *model) change(r *rand.Rand, now time.Time) *Change {
	c := &Change{Queue: "jobs"}
	any := func() string {
		for id := range m.messages {
			return id
		}
		return ""
	}
	switch x := r.IntN(20); {
	case !m.exists || x == 0:
		c.Kind, c.Metadata = inject.CreateQueue, map[string]string{"turn": strconv.Itoa(m.next)}
		m.exists, m.messages = true, map[string]Message{}
	case x == 1:
		c.Kind = inject.DeleteQueue
		m.exists, m.messages = false, map[string]Message{}
	case x == 2:
		c.Kind = inject.ClearMessages
		m.messages = map[string]Message{}
	case x < 12 && len(m.messages) < 30:
		m.next++
		message := Message{ID: fmt.Sprintf("id-%d", m.next), Inserted: now.Truncate(time.Second),
			Expires: now.Add(time.Hour).Truncate(time.Second), Visible: now, Text: fmt.Sprintf("text &lt;%d", m.next)}
		c.Kind, c.Messages, m.messages[message.ID] = inject.PutMessage, []Message{message}, message
	case x < 15:
		c.Kind = inject.GetMessages
		for id, message := range m.messages {
			message.Dequeues++
			message.Visible = now.Add(time.Duration(r.IntN(2)) * time.Hour)
			m.messages[id] = message
			if c.Messages = append(c.Messages, message); r.IntN(2) == 0 {
				break
			}
		}
	case x < 17 && len(m.messages) > 0:
		message := m.messages[any()]
		message.Text, message.Visible = message.Text+"+", now
		c.Kind, c.Messages, m.messages[message.ID] = inject.UpdateMessage, []Message{message}, message
	case len(m.messages) > 0:
		c.Kind, c.Gone = inject.DeleteMessage, []string{any()}
		delete(m.messages, c.Gone[0])
	}
	return c
}

// TestApplyUnderFaults repeats random writes on a store whose calls fail, half of them after they were done: once a
// write is applied the queue is what it has to be, with nothing twice; and it heals when somebody deletes it.
func TestApplyUnderFaults(t *testing.T) {
	server, account := azuritetest.Account(t)
	random := rand.New(rand.NewPCG(seed(t), 1))
	key, err := sharedkey.New(account.Name, account.Key)
	if err != nil {
		t.Fatal(err)
	}
	cut := &cutting{random: random, share: 0.1}
	base := strings.TrimSuffix(server.QueueURL(account.Name), "/"+account.Name)
	store := &Store{Base: base, Account: account.Name, Sign: key.SignQueue, Do: cut.do}
	whole := &Store{Base: base, Account: account.Name, Sign: key.SignQueue, Do: http.DefaultClient.Do}
	steps := 150
	if os.Getenv("TIDEMARK_CAMPAIGN") != "" {
		steps = 5000
	}
	l, m := NewLedger(DefaultTexts), model{}
	for step := range steps {
		c := m.change(random, time.Now())
		if m.exists && random.IntN(40) == 0 {
			if err := whole.Delete(t.Context(), "jobs"); err != nil {
				t.Fatal(err)
			}
			// Nothing is asked of a queue that nobody changes: only a change of what is in it shows that it has gone.
			for _, message := range m.messages {
				c.Messages = append(c.Messages, message)
			}
			if len(m.messages) == 0 {
				c = &Change{Queue: "jobs", Kind: inject.CreateQueue}
			}
		}
		tries := 0
		for err := errCut; err != nil; tries++ {
			if err = l.Apply(t.Context(), store, "west", c, time.Now()); err != nil && !errors.Is(err, errCut) ||
				tries > 1000 {
				t.Fatalf("step %d, try %d: %s: %v", step, tries, c.Kind, err)
			}
		}
		compare(t, step, c, l, whole, &m)
	}
	if cut.cuts < steps/20 {
		t.Errorf("only %d calls were cut", cut.cuts)
	}
	if err := l.Wipe(t.Context(), whole, "west"); err != nil {
		t.Fatal(err)
	}
	if names, err := whole.List(t.Context()); err != nil || len(names) != 0 || l.texts != 0 {
		t.Errorf("after the wipe: %v, %v, %d bytes of texts", names, err, l.texts)
	}
}

func compare(t *testing.T, step int, c *Change, l *Ledger, store *Store, m *model) {
	t.Helper()
	now := time.Now()
	items, err := store.Peek(t.Context(), "jobs")
	if !m.exists {
		if !refused(err, http.StatusNotFound) {
			t.Fatalf("step %d: %s: the queue is there: %v, %v", step, c.Kind, items, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("step %d: %s: %v", step, c.Kind, err)
	}
	got := map[string]Message{}
	for _, item := range l.Peeked("west", "jobs", items, now) {
		got[item.ID] = Message{ID: item.ID, Inserted: queues.ParseTime(item.Inserted),
			Expires: queues.ParseTime(item.Expires), Dequeues: *item.Dequeues, Text: queues.Plain(item.TextXML())}
	}
	want := map[string]Message{}
	for id, message := range m.messages {
		if message.Visible.After(now) {
			continue
		}
		message.Visible, message.Text = time.Time{}, queues.Plain(message.Text)
		want[id] = message
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("step %d: %s %v: want -, got +:\n%s", step, c.Kind, c.Keys(), diff)
	}
	if len(items) != len(got) {
		t.Fatalf("step %d: %s: the store shows %d messages, %d of them known", step, c.Kind, len(items), len(got))
	}
}
