package csvreadings_test

import (
	"fmt"
	"testing"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/readings"
)

// A file with a column of text, of many sources at one time, in local time: everything has to be watched.
func BenchmarkDecodeWideWithText(b *testing.B) {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	in := []byte("time,source,a,b,c,d,quality\n")
	for i := range 1250 {
		at := time.Unix(1_700_000_000+int64(i/50)*60, 0).In(loc).Format("2006-01-02 15:04:05")
		in = fmt.Appendf(in, "%s,meter-%03d,%.2f,%.2f,%d,%.1f,good\n", at, i%50, float64(i)/7, float64(i)/9, i,
			float64(i)/11)
	}
	d := csvreadings.Decoder{Options: readings.Options{Location: loc}}
	var batch telemetry.Batch
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if r, err := d.Decode(in, &batch); err != nil || r.Accepted != 5000 {
			b.Fatal(r, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/5000, "ns/reading")
}

// A survey costs about what decoding does: import looks at a file before it sends it.
func BenchmarkSurvey(b *testing.B) {
	in := []byte("time,source,a,b,c,d,quality\n")
	for i := range 1250 {
		at := time.Unix(1_700_000_000+int64(i)*60, 0).UTC().Format(time.RFC3339)
		in = fmt.Appendf(in, "%s,meter-%03d,%.2f,%.2f,%d,%.1f,good\n", at, i%100, float64(i)/7, float64(i)/9, i,
			float64(i)/11)
	}
	s := csvreadings.NewSurvey(readings.Options{}, nil)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Look(in, 0); err != nil || s.Wrong() != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/5000, "ns/reading")
}
