package telemetry

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// set is labels from name, value, name, value.
func set(pairs ...string) (ls []Label) {
	for i := 0; i+1 < len(pairs); i += 2 {
		ls = append(ls, Label{pairs[i], pairs[i+1]})
	}
	return ls
}

// TestNamesOfSets freezes the names: readings are stored under them.
func TestNamesOfSets(t *testing.T) {
	host := Naming{By: []string{"source", "host"}, LabelOnly: []string{"rack"}}
	every := Naming{By: []string{"source", "host"}, LabelOnly: []string{"*"}}
	for _, c := range []struct {
		naming Naming
		set    []Label
		want   Source
	}{
		{host, set("host", "e"), "e"},
		{host, set("host", "e", "cpu", "cpu0"), "e,cpu=cpu0"},
		{host, set("host", "e", "cpu", "cpu0", "rack", "7"), "e,cpu=cpu0"},
		{host, set("rack", "7", "cpu", "cpu0"), "cpu=cpu0"},
		{host, set("source", "s", "host", "e"), "s,host=e"},
		{host, set("host", "", "cpu", "cpu0"), "cpu=cpu0,host="},
		{host, set("host", "a,b=c", "p", `C:\`), `a\,b\=c,p=C:\\`},
		{host, set("rack", "7"), `other\=wise`},
		{host, nil, `other\=wise`},
		{every, set("host", "e", "cpu", "cpu0"), "e"},
		{every, set("cpu", "cpu0", "disk", "a"), "cpu=cpu0,disk=a"},
		{Naming{}, set("host", "e", "cpu", "cpu0"), "cpu=cpu0,host=e"},
		{host, set("host", strings.Repeat("x", 512)), Source(strings.Repeat("x", 512))},
		{host, set("host", strings.Repeat("x", 513)),
			Source(strings.Repeat("x", 128) + ",~35ade0090e64e74d6ad04204009c23a4")},
		{host, set("host", "e", "k", strings.Repeat("😀", 300)),
			Source("e,k=" + strings.Repeat("😀", 62) + ",~dd1494bdab81abe0d626f75657219548")},
		{host, set("host", "e", "k", strings.Repeat(`\`, 300)), `e,k=,~3bf4cfc7b2acd0834801ae9a2da7ccd9`},
	} {
		if got := c.naming.Source(c.set, "other=wise"); got != c.want {
			t.Errorf("%v of %v is %q, expected %q", c.naming, c.set, got, c.want)
		}
	}
}

// identity is what tells a set apart, written to be read: the name, then the labels that stay.
func identity(n Naming, ls []Label, otherwise string) string {
	rest := map[string]string{}
	for _, l := range ls {
		rest[l.Name] = l.Value
	}
	name, named := "", false
	for _, by := range n.By {
		if v := rest[by]; v != "" && !named {
			name, named = v, true
			delete(rest, by)
		}
	}
	for _, l := range n.LabelOnly {
		delete(rest, l)
		if l == "*" && named {
			clear(rest)
		}
	}
	if len(rest) == 0 && !named {
		name = otherwise
	}
	out := fmt.Sprintf("%q", name)
	for _, k := range slices.Sorted(maps.Keys(rest)) {
		out += fmt.Sprintf(" %q:%q", k, rest[k])
	}
	return out
}

var (
	genPiece = rapid.SampledFrom([]string{"a", "b", "~", ",", "=", `\`, "host", "é", "😀", ",~", `\,`,
		strings.Repeat("x", 127), strings.Repeat("x", 300)})
	genText = rapid.Map(rapid.SliceOfN(genPiece, 0, 3), func(p []string) string { return strings.Join(p, "") })
	genTag  = rapid.SampledFrom([]string{"host", "source", "rack", "a", "a=", `a\`, "a,b", "*", "~",
		strings.Repeat("n", 129)})
	genSet    = rapid.Map(rapid.MapOfN(genTag, genText, 0, 5), byName)
	genNaming = rapid.SampledFrom([]Naming{{}, {By: []string{"source"}}, {By: []string{"source", "host"}},
		{By: []string{"host"}, LabelOnly: []string{"rack", "a"}},
		{By: []string{"rack", "a="}, LabelOnly: []string{"*"}}, {LabelOnly: []string{"host", "a,b"}}})
)

// TestNamesAreInjective: two sets share a name exactly if the same tells them apart from others. One of the two is
// often the other with a change, because sets that are drawn apart hardly ever come close.
func TestNamesAreInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := genNaming.Draw(t, "naming")
		a, b := genSet.Draw(t, "a"), genSet.Draw(t, "b")
		if rapid.Bool().Draw(t, "near") {
			b = nearby(t, a)
		}
		x, y := n.Source(a, "m"), n.Source(b, "m")
		if same := identity(n, a, "m") == identity(n, b, "m"); same != (x == y) {
			t.Fatalf("%v\n%q is %q\n%q is %q\nthe same identity: %v", n, a, x, b, y, same)
		}
	})
}

// nearby changes one label, or moves a piece of a name or value across the border between two tokens.
func nearby(t *rapid.T, ls []Label) []Label {
	if len(ls) == 0 {
		return ls
	}
	m := map[string]string{}
	for _, l := range ls {
		m[l.Name] = l.Value
	}
	i := rapid.IntRange(0, len(ls)-1).Draw(t, "which")
	l, next := ls[i], ls[(i+1)%len(ls)]
	switch rapid.IntRange(0, 4).Draw(t, "change") {
	case 0:
		m[l.Name] = genText.Draw(t, "value")
	case 1:
		delete(m, l.Name)
	case 2: // what stands behind it becomes a part of its value
		delete(m, next.Name)
		m[l.Name] = l.Value + "," + next.Name + "=" + next.Value
	case 3:
		m[l.Name] += `\`
	case 4: // the end of a name becomes a part of the value
		if value, ok := m["a="]; ok {
			delete(m, "a=")
			m["a"] = "=" + value
		}
	}
	return byName(m)
}

func byName(m map[string]string) (ls []Label) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		ls = append(ls, Label{name, m[name]})
	}
	return ls
}

// TestNamesDoNotDependOnOrder, and are names wherever the labels are.
func TestNamesDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, ls := genNaming.Draw(t, "naming"), genSet.Draw(t, "set")
		want := n.Source(ls, "m")
		kept, left := n.Labels(ls)
		if err := CheckName("source", string(want)); err != nil {
			t.Fatalf("%v of %q: %v", n, ls, err)
		}
		shuffled := rapid.Permutation(ls).Draw(t, "order")
		before := slices.Clone(shuffled)
		if got := n.Source(shuffled, "m"); got != want {
			t.Fatalf("%q is %q, %q is %q", ls, want, shuffled, got)
		}
		kept2, left2 := n.Labels(shuffled)
		if d := cmp.Diff([][]Label{kept, left}, [][]Label{kept2, left2}); d != "" {
			t.Fatalf("labels in another order: %s", d)
		}
		if !slices.Equal(before, shuffled) {
			t.Fatalf("the caller's set was changed to %q", shuffled)
		}
	})
}

// TestLabelsOfSets: nothing of a set is lost unsaid, what is kept is within bounds, and the name's label is kept
// first.
func TestLabelsOfSets(t *testing.T) {
	long := strings.Repeat("v", MaxLabelValueUnits+1)
	many := set("zz", "e", "big", long, strings.Repeat("n", MaxLabelNameUnits+1), "v")
	for i := range MaxLabels + 3 {
		many = append(many, Label{fmt.Sprintf("k%02d", i), "v"})
	}
	n := Naming{By: []string{"zz"}}
	kept, left := n.Labels(many)
	if err := CheckLabels(kept); err != nil || len(kept) != MaxLabels || len(kept)+len(left) != len(many) {
		t.Fatalf("%d kept, %d left of %d: %v", len(kept), len(left), len(many), err)
	}
	last := fmt.Sprintf("k%02d", MaxLabels-2)
	if kept[0].Name != "k00" || kept[MaxLabels-1] != (Label{"zz", "e"}) || kept[MaxLabels-2].Name != last {
		t.Errorf("kept %v", kept)
	}
	if left[0].Name != "big" || left[1].Name != fmt.Sprintf("k%02d", MaxLabels-1) {
		t.Errorf("left %.200v", left)
	}
	rapid.Check(t, func(t *rapid.T) {
		ls := genSet.Draw(t, "set")
		kept, left := genNaming.Draw(t, "naming").Labels(ls)
		if err := CheckLabels(kept); err != nil || len(kept)+len(left) != len(ls) {
			t.Fatalf("%q: kept %q, left %q: %v", ls, kept, left, err)
		}
	})
}

func TestNamingsAreChecked(t *testing.T) {
	for says, n := range map[string]Naming{
		"":                      {By: []string{"source", "host"}, LabelOnly: []string{"rack", "*"}},
		"is empty":              {By: []string{"source", ""}},
		`"host" is named twice`: {By: []string{"host"}, LabelOnly: []string{"host"}},
		`"a" is named twice`:    {LabelOnly: []string{"a", "a"}},
		`"*" names no source`:   {By: []string{"*"}},
		"shorten it to 128":     {By: []string{strings.Repeat("x", 129)}},
	} {
		err := n.Check()
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, expected %q", n, err, says)
		}
	}
}
