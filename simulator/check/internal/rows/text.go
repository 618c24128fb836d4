package rows

import (
	"fmt"
	"time"

	"tidemark/simulator/history"
)

func stampText(ns int64) string { return timeText(time.Unix(0, ns)) }

func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

func partText(p history.Partition) string {
	if p.Whole {
		return fmt.Sprintf("%s %s", p.Service, p.Container)
	}
	return fmt.Sprintf("%s %s, partition %q", p.Service, p.Container, p.Key)
}
