package azqueue

import (
	"testing"
	"time"

	"tidemark/domain/fault"
)

func TestTextOfSomebodyElseIsGivenAsItIs(t *testing.T) {
	for text, want := range map[string]string{"aGludA==": "hint", `{"not":"base64"}`: `{"not":"base64"}`, "": ""} {
		if got := string(message(nil, &text, nil, nil).Body); got != want {
			t.Errorf("%q came out as %q", text, got)
		}
	}
}

func TestSecondsAreRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]int32{0: 0, 1: 1, time.Second: 1, time.Second + 1: 2, maxHidden: 604800} {
		if got, err := seconds("op", d, 0); got != want || err != nil {
			t.Errorf("%v is %d s (%v), want %d", d, got, err, want)
		}
	}
	for _, d := range []time.Duration{-1, 999 * time.Millisecond, maxHidden + 1} {
		if _, err := seconds("op", d, 1); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", d, err)
		}
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	good := Config{URL: "http://127.0.0.1:1/a", Account: "a", Key: "a2V5", Name: "work-items"}
	if _, err := Open(good); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "ab", "Upper", "two--dashes", "-dash", "under_score"} {
		c := good
		c.Name = name
		if _, err := Open(c); err == nil {
			t.Errorf("queue name %q was taken", name)
		}
	}
	for _, c := range []Config{{URL: "nowhere", Account: "a", Key: "a2V5", Name: "work"},
		{URL: good.URL, Account: "a", Key: "!", Name: "work"}} {
		if _, err := Open(c); err == nil {
			t.Errorf("%v was taken", c)
		}
	}
}
