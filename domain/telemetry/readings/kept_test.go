package readings_test

import (
	"fmt"
	"testing"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/jsonreadings"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// TestNothingOfABodyIsKept overwrites a body once it is decoded: its memory belongs to somebody else then, or to
// nobody. The batch, the result and what the decoder remembers of names stay what they are of a body that is left
// alone.
func TestNothingOfABodyIsKept(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	type decode = func([]byte, *telemetry.Batch) (readings.Result, error)
	lines := func() decode {
		d := &lineprotocol.Decoder{Options: readings.Options{SourceTags: []string{"host"}}}
		return d.Decode
	}
	json := func() decode { return new(jsonreadings.Decoder).Decode }
	nd := func() decode { return new(jsonreadings.Decoder).DecodeLines }
	csv := func() decode {
		d := &csvreadings.Decoder{Options: readings.Options{Location: berlin}}
		return d.Decode
	}
	for text, begin := range map[string]func() decode{
		"m,host=a,cpu=c\\ 0 v=1,s=\"text\",big=9007199254740993i 5\n" +
			"m,host=a,cpu=c\\ 0 v=2 5\nm,host=b x\nn v=1e999 5\n": lines,
		`{"readings":[{"source":"r\u00f6hre","metric":"t","unit":"C","time":5,"value":1},` +
			`{"source":"röhre","metric":"t","time":5,"value":2},{"source":"x","metric":"y","time":"never","value":1},` +
			`{"source":"x","what":1}],"sources":[{"source":"x","labels":{"site":"K\u00f6ln"}}]}`: json,
		`[{"source":"a","metric":"m","time":1,"value":"one"},{"source":"a\nb","metric":"m","time":1,"value":1}`: json,
		`{"source":"a","metric":"m","time":1,"value":1}` + "\n" +
			`{"source":"a","metrik":1}` + "\nbroken\n": nd,
		"time,source,temp (C),\"hu \"\"m\"\"\",note\n" +
			"2026-10-25 02:30:00,roof,1.5,2,dry\n2026-10-25 02:30:00,roof,2.5,x,\"w\n\"\n": csv,
		"time,sensor,temp\n1,kitchen,1\n1,cellar,2\n1,attic,3\n":                                      csv,
		"time,source,metric,value,unit\n1,roof,temp,1,C\n1,roof,temp,\"2,5\",C\nsoon,roof,temp,1,C\n": csv,
	} {
		spoilt, plain := begin(), begin()
		for range 3 { // names are remembered from one body to the next
			var got, want telemetry.Batch
			body := []byte(text)
			result, err := spoilt(body, &got)
			for i := range body {
				body[i] = 0xff
			}
			wanted, wantedErr := plain([]byte(text), &want)
			result.Rows, wanted.Rows = nil, nil // addresses
			g, w := fmt.Sprintf("%+v\n%+v\n%v", got, result, err), fmt.Sprintf("%+v\n%+v\n%v", want, wanted, wantedErr)
			if g != w {
				t.Fatalf("%s\nbecame\n%s\nnot\n%s", text, g, w)
			}
		}
	}
}
