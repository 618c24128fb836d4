package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestImports(t *testing.T) {
	for _, s := range tree(t) {
		for _, wrong := range badImports(s) {
			t.Error(wrong)
		}
	}
}

// badImports lists what a file must not import.
func badImports(s source) []string {
	rule, ok := ruleOf(importRules, s.folder())
	if !ok {
		return []string{s.path + ": no rule says what this folder may import: add one to archtest, with its reason"}
	}
	may, not, reason := rule.may, rule.not, rule.reason
	if s.isTest() {
		test, _ := ruleOf(testImportRules, s.folder())
		may, not, reason = slices.Concat(may, test.may), nil, test.reason
	}
	var wrong []string
	for p := range s.imports() {
		ours, isOurs := strings.CutPrefix(p, module)
		switch {
		case !isOurs && !strings.Contains(strings.Split(p, "/")[0], "."): // the standard library
		case s.isTest() && ours == s.folder(): // its own package, from outside
		case anyCovers(may, ours) && !anyCovers(not, ours):
		default:
			wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", s.path, p, reason))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// ruleOf is the first rule for a folder.
func ruleOf(rules []importRule, folder string) (importRule, bool) {
	for _, r := range rules {
		if anyCovers(r.of, folder) {
			return r, true
		}
	}
	return importRule{}, false
}
