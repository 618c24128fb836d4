package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryPackageSaysOnceWhatItIs(t *testing.T) {
	for _, wrong := range undocumented(tree(t)) {
		t.Error(wrong)
	}
}

// undocumented lists packages without exactly one package comment. One of tests alone has it in a test file.
func undocumented(files []source) []string {
	comments, compiled := map[string][]string{}, map[string]bool{}
	for _, s := range files {
		compiled[s.folder()] = compiled[s.folder()] || !s.isTest()
	}
	for _, s := range files {
		if s.isTest() && compiled[s.folder()] {
			continue
		}
		if _, known := comments[s.folder()]; !known {
			comments[s.folder()] = nil
		}
		if s.syntax.Doc != nil && strings.TrimSpace(s.syntax.Doc.Text()) != "" {
			comments[s.folder()] = append(comments[s.folder()], s.path)
		}
	}
	var wrong []string
	for folder, in := range comments {
		switch {
		case len(in) == 0:
			wrong = append(wrong, folder+" has no package comment: say in one file what the package is")
		case len(in) > 1:
			wrong = append(wrong, folder+" has several package comments: "+strings.Join(in, ", "))
		}
	}
	slices.Sort(wrong)
	return wrong
}

func TestTheMapOfTheReadmeIsTheTree(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range mapDiffers(string(text), rooms(t)) {
		t.Error(wrong)
	}
}

// mapLine is a row of the map: "| `domain/ingest` | what |".
var mapLine = regexp.MustCompile("(?m)^\\| `([a-z0-9./-]+)` \\|")

func mapDiffers(readme string, rooms []string) []string {
	_, section, found := strings.Cut(readme, "\n## The map\n")
	if !found {
		return []string{"the README has no section \"## The map\""}
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var listed, wrong []string
	for _, m := range mapLine.FindAllStringSubmatch(section, -1) {
		if slices.Contains(listed, m[1]) {
			wrong = append(wrong, "the README's map lists "+m[1]+" twice")
		}
		listed = append(listed, m[1])
	}
	for _, room := range rooms {
		if !slices.Contains(listed, room) {
			wrong = append(wrong, "the README's map lacks "+room+": add a line that says what it is")
		}
	}
	for _, room := range listed {
		if !slices.Contains(rooms, room) {
			wrong = append(wrong, "the README's map lists "+room+", which does not exist")
		}
	}
	return wrong
}

// rooms lists the folders of the map: those at the top, and within those of sources the ones below; deeper ones
// belong to theirs.
func rooms(t *testing.T) []string {
	t.Helper()
	var out []string
	sources := []string{"domain", "ports", "adapters", "app", "simulator"}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, p)
		rel = filepath.ToSlash(rel)
		switch {
		case err != nil:
			return err
		case !d.IsDir() || rel == ".":
			return nil
		case rel != ".ci" && rel != ".github" && skipped(d.Name()), rel == "tidemark-data":
			return filepath.SkipDir
		case slices.Contains(sources, rel):
			return nil // its rooms are listed
		}
		if hasFiles(p) {
			out = append(out, rel)
		}
		return filepath.SkipDir
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// hasFiles reports whether there is a file in a folder or below: git keeps no empty ones.
func hasFiles(folder string) bool {
	found := false
	_ = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = true
			return fs.SkipAll
		}
		return err
	})
	return found
}
