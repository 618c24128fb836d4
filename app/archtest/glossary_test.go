package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheGlossaryNamesPackagesThatExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "glossary.md"))
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]bool{}
	for _, s := range tree(t) {
		packages[s.folder()] = true
	}
	for _, wrong := range glossaryErrs(string(text), packages) {
		t.Error(wrong)
	}
}

// wordLine is a row of the glossary: "| void | A number of ... | `domain/stream` |".
var wordLine = regexp.MustCompile("(?m)^\\| ([^|]+) \\| [^|]+ \\|(?: `([a-z0-9./-]+)` \\|)?$")

// glossaryErrs lists words that stand twice, and those without a package that owns them.
func glossaryErrs(page string, packages map[string]bool) (wrong []string) {
	var words []string
	for _, m := range wordLine.FindAllStringSubmatch(page, -1) {
		word, owner := m[1], m[2]
		if word == "word" {
			continue
		}
		if slices.Contains(words, word) {
			wrong = append(wrong, "docs/glossary.md explains "+word+" twice")
		}
		words = append(words, word)
		if !packages[owner] {
			wrong = append(wrong, "docs/glossary.md says that "+word+" is of package "+owner+", which does not exist")
		}
	}
	if len(words) == 0 {
		wrong = append(wrong, "docs/glossary.md explains no words")
	}
	return wrong
}

func TestAWrongGlossaryIsSeen(t *testing.T) {
	packages := map[string]bool{"domain/stream": true}
	for page, want := range map[string]string{
		"| word | meaning | package |\n| void | A number. | `domain/stream` |\n":          "",
		"| void | A number. | `domain/gone` |\n":                                          "domain/gone",
		"| void | A number. | `domain/stream` |\n| void | Another. | `domain/stream` |\n": "twice",
		"There is nothing.\n": "no words",
	} {
		got := strings.Join(glossaryErrs(page, packages), "\n")
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", page, got, want)
		}
	}
}
