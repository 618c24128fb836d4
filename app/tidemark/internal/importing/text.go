package importing

import (
	"fmt"
	"time"

	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/files"
	"tidemark/app/tidemark/internal/upload"
)

// Text imports a CSV text that comes with the program, and says what became of it. All of it is accepted, or it
// is an error. name is what it is called, source that of all its readings.
func Text(e *console.Environment, url, name, source string, csv []byte) error {
	node := upload.New(upload.Settings{URL: url, Patience: time.Minute, Say: e.Say})
	defer node.Close()
	s := sender{node: node}
	sum, err := s.send(e, files.FromText(name, source, csv, 2000))
	if err == nil && sum.rejected > 0 {
		err = fmt.Errorf("%s not accepted", console.Were(sum.rejected, "reading"))
	}
	if err != nil {
		return fmt.Errorf("the import of %s: %w", name, err)
	}
	return nil
}
