package planted

import (
	"errors"
	"fmt"
	"strings"

	"tidemark/domain/planted"
	"tidemark/simulator/world"
)

// Clean stands for a run without a bug among the results.
const Clean = ""

// Run runs the schedule of a seed with a bug, or with none. Found is who found something, "" for nobody: a rule of
// simulator/check; "hang"; "crash"; "other", which is what nodes say in the end, that world compares itself. What is a
// sentence. Only one Run goes on at a time.
func Run(b *Bug, seed uint64) (found, what string) {
	c := Mix(seed)
	switch {
	case b == nil:
	case b.Broken != nil:
		c.Broken = b.Broken()
	default:
		defer planted.Switch(planted.Name(b.Name))()
	}
	defer func() { // a panic outside of actors
		if p := recover(); p != nil {
			found, what = "crash", line(fmt.Sprint(p))
		}
	}()
	o := c.Run()
	var v *world.Violation
	switch {
	case o.Err == nil:
		return "", ""
	case errors.As(o.Err, &v):
		return v.Verdicts[0].Rule.String(), line(v.Verdicts[0].String())
	}
	return o.Failure(), line(o.Err.Error())
}

// line is the beginning of the first line of a text.
func line(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	const most = 200
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return text
}
