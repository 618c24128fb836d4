package importing

import (
	"errors"
	"fmt"

	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/files"
)

// list is the files of an import. Each is looked at before the first is sent.
type list struct {
	names  []string
	how    files.Options
	looked map[string]*files.File // by name
}

func newList(names []string, how files.Options) *list {
	return &list{names: names, how: how, looked: map[string]*files.File{}}
}

// look looks at every file, and says of each that cannot be sent why not.
func (l *list) look(e *console.Environment) error {
	var wrong []error
	for _, name := range l.names {
		if l.looked[name] != nil {
			continue
		}
		in, err := files.Open(name, l.how)
		if err == nil {
			l.looked[name] = in
			err = survey(e, in)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", files.Shown(name), err))
		}
		if in != nil && !in.Once {
			in.Close()
		}
	}
	if len(wrong) > 0 && len(l.names) > 1 {
		wrong = append(wrong, errors.New("nothing was sent: mend what is wrong, or leave it out"))
	}
	return errors.Join(wrong...)
}

// survey looks at a file, and shows how far it is.
func survey(e *console.Environment, in *files.File) error {
	bar := beginProgress(e, "looking at "+in.Name, in.Size)
	defer bar.done()
	return in.Survey(bar.look)
}

// has reports whether a file that was looked at has a form.
func (l *list) has(f files.Form) bool {
	for _, in := range l.looked {
		if in.Form == f {
			return true
		}
	}
	return false
}

// again opens a file that was looked at from its beginning, if it can be.
func (l *list) again(name string) (*files.File, error) {
	in := l.looked[name]
	if in.Once {
		return in, nil
	}
	return in.Again(l.how)
}
