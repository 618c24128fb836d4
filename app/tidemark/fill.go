package main

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
)

// fill imports the weather.
func (c *upCommand) fill(e *environment, url string) error {
	if !c.Weather {
		return nil
	}
	u := uploader{client: &http.Client{Timeout: 90 * time.Second}, url: url, csv: true, patience: time.Minute}
	defer u.client.CloseIdleConnections()
	for _, d := range weather {
		u.source = d.source
		sum, err := u.send1(e, d.name, bytes.NewReader(d.csv), int64(len(d.csv)), 2000)
		if err != nil {
			return fmt.Errorf("the import of %s: %w", d.name, err)
		}
		if sum.rejected > 0 {
			return fmt.Errorf("the import of %s: %d readings were not accepted", d.name, sum.rejected)
		}
	}
	return nil
}
