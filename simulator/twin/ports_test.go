package twin_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/ports/cache/cachetest"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/ports/journal/journaltest"
	"tidemark/ports/queue/queuetest"
	"tidemark/ports/sched"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/path"
	"tidemark/simulator/twin"
)

// region is the storages of a region, an account, and a process that calls them.
type region struct {
	s       sched.Scheduler
	process *path.Process
	rules   *inject.Engine
	queue   *memory.Queue
	cache   *memory.Cache
	ports   twin.Ports

	account   *account.Account
	secondary *twin.Secondary // past every path
}

func newRegion(s sched.Scheduler, cleanup func(func())) *region {
	of := twin.NewStore(s)
	a, err := account.Open(account.Options{Name: "geo", Sched: s, Store: of,
		Geo: georep.Options{Primary: "east", Secondary: "west"}})
	if err != nil {
		panic(err)
	}
	cleanup(a.Close)
	r := &region{s: s, process: path.NewProcess(s), rules: inject.New(1), queue: memory.NewQueue(s),
		cache: memory.NewCache(s, 8<<20), account: a, secondary: twin.NewSecondary(s, a, of)}
	j := memory.NewJournal(s)
	r.ports = twin.Through(&path.Path{Sched: s, Sender: r.process, Rules: r.rules}, "east",
		func() string { return string(a.Endpoints().Primary.Region) },
		func() string { return string(a.Endpoints().Secondary.Region) },
		twin.Ports{Journal: j, Directory: j, Rows: twin.NewRows(s, a, of), Secondary: r.secondary,
			Account: twin.NewTide(s, a), Queue: r.queue, Poison: memory.NewQueue(s), Cache: r.cache})
	return r
}

// arm has one of the next calls suffer a fault.
func (r *region) arm(fault fmt.Stringer, skip int) {
	text := map[string]string{"failed": "status 429 ServerBusy", "applied": "reset after commit", "lost": "reset"}
	check(r.rules.Set(nil))
	if what := text[fault.String()]; what != "" {
		rule, err := inject.ParseRule(fmt.Sprintf("%s nth=%d times=1", what, skip+1))
		check(err)
		check(r.rules.Set([]inject.Rule{rule}))
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// TestPortsKeepTheirContracts, with what befalls their calls on the path reported as adapters do.
func TestPortsKeepTheirContracts(t *testing.T) {
	t.Run("chunks", func(t *testing.T) {
		chunkstest.Run(t, chunkstest.Harness{Faults: true, Second: true, New: func(p chunkstest.T) chunkstest.Fixture {
			r := newRegion(goruntime.New(), p.Cleanup)
			return chunkstest.Fixture{Store: r.ports.Rows, Second: r.ports.Rows, Resolution: georep.Resolution,
				Now: r.s.Now, Arm: func(f chunkstest.Fault) { r.arm(f, 0) }}
		}})
	})
	t.Run("journal", func(t *testing.T) {
		journaltest.Run(t, journaltest.Harness{Faults: true, Second: true,
			New: func(p journaltest.T) journaltest.Fixture {
				r := newRegion(goruntime.New(), p.Cleanup)
				return journaltest.Fixture{Journal: r.ports.Journal, Directory: r.ports.Directory,
					SecondJournal: r.ports.Journal, SecondDirectory: r.ports.Directory,
					Arm: func(f journaltest.Fault, skip int) { r.arm(f, skip) }}
			}})
	})
	t.Run("queue", func(t *testing.T) {
		queuetest.Run(t, queuetest.Harness{Faults: true, Second: true, New: func(p queuetest.T) queuetest.Fixture {
			r := newRegion(goruntime.New(), p.Cleanup)
			var skew time.Duration
			return queuetest.Fixture{Queue: r.ports.Queue, Second: r.ports.Queue,
				Arm:  func(f queuetest.Fault) { r.arm(f, 0) },
				Pass: func(d time.Duration) { skew += d; r.queue.SetSkew(skew) },
				Now:  func() time.Time { return r.s.Now().Add(skew) }}
		}})
	})
	t.Run("cache", func(t *testing.T) {
		cachetest.Run(t, cachetest.Harness{Second: true, Bounded: true, New: func(p cachetest.T) cachetest.Fixture {
			r := newRegion(goruntime.New(), p.Cleanup)
			var skew time.Duration
			return cachetest.Fixture{Cache: r.ports.Cache, Second: r.ports.Cache, Room: 8 << 20, Used: r.cache.Bytes,
				Pass: func(d time.Duration) { skew += d; r.cache.SetSkew(skew) }}
		}})
	})
}

// TestNoMethodEscapesItsPath: of a dead process no call of any port does anything, or returns.
func TestNoMethodEscapesItsPath(t *testing.T) {
	ports := reflect.TypeFor[twin.Ports]()
	methods := 0
	for i := range ports.NumField() {
		port := ports.Field(i)
		for m := range port.Type.NumMethod() {
			method := port.Type.Method(m)
			methods++
			s := memory.NewSched(1)
			returned, asked := false, 0
			if err := s.Run(func() {
				r := newRegion(s, func(func()) {})
				seen := &path.Path{Sched: s, Sender: r.process, Observe: func(c inject.Call, _ *path.Error) {
					asked++
					if !strings.Contains(c.Operation, strings.ToLower(method.Name)) {
						t.Errorf("%s.%s is called %q", port.Name, method.Name, c.Operation)
					}
				}}
				east := func() string { return "east" }
				alive := twin.Through(seen, "east", east, east, r.ports)
				call(reflect.ValueOf(alive).Field(i).Method(m))
				r.process.Kill()
				s.Go("call of a dead process", func() {
					call(reflect.ValueOf(r.ports).Field(i).Method(m))
					returned = true
				})
				_ = s.Sleep(context.Background(), time.Hour)
			}); err != nil {
				t.Fatal(err)
			}
			if returned {
				t.Errorf("%s.%s of a dead process returned", port.Name, method.Name)
			}
			if asked != 1 {
				t.Errorf("%s.%s went %d times over a path", port.Name, method.Name, asked)
			}
		}
	}
	if methods < 30 {
		t.Errorf("only %d methods", methods)
	}
}

// call calls a method with zero arguments, and takes all that comes in pieces.
func call(method reflect.Value) {
	var args []reflect.Value
	for i := range method.Type().NumIn() {
		in := method.Type().In(i)
		switch {
		case method.Type().IsVariadic() && i == method.Type().NumIn()-1:
		case in == reflect.TypeFor[context.Context]():
			args = append(args, reflect.ValueOf(context.Background()))
		default:
			args = append(args, reflect.Zero(in))
		}
	}
	for _, out := range method.Call(args) {
		if out.Kind() != reflect.Func {
			continue
		}
		more := reflect.MakeFunc(out.Type().In(0), func([]reflect.Value) []reflect.Value {
			return []reflect.Value{reflect.ValueOf(true)}
		})
		out.Call([]reflect.Value{more})
	}
}
