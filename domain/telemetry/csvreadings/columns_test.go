package csvreadings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/readings"
)

// rooms is a file of three sensors at one time, with a column of another name.
func rooms(column string) string {
	return "time," + column + ",temp\n2026-01-01,kitchen,20\n2026-01-01,cellar,12\n2026-01-01,attic,15\n"
}

// numbered is the same with numbers for names.
func numbered(column string) string {
	return strings.NewReplacer("kitchen", "1", "cellar", "2", "attic", "3").Replace(rooms(column))
}

// decoded decodes a file, or gives what it is refused for.
func decoded(in string, o readings.Options) (*telemetry.Batch, readings.Result, string) {
	var b telemetry.Batch
	d := csvreadings.Decoder{Options: o}
	r, err := d.Decode([]byte(in), &b)
	if err != nil && (fault.KindOf(err) != fault.Invalid || !b.Empty()) {
		panic(err)
	}
	return &b, r, fault.Message(err)
}

// unless is the options, or none for a file with a column of sources.
func unless(in string, o readings.Options) readings.Options {
	if strings.HasPrefix(in, "time,source,") || strings.HasPrefix(in, "time;source;") {
		return readings.Options{}
	}
	return o
}

// A text column that tells records apart would lose all but one of them. It is refused, and the sentence says what to
// send.
func TestColumnsThatTellRecordsApartAreRefused(t *testing.T) {
	home := readings.Options{DefaultSource: "home"}
	for _, name := range []string{"sensor", "device", "host", "station", "id", "name", "Sensor", "where", "Raum"} {
		_, _, why := decoded(rooms(name), home)
		want := `column "` + name + `" tells records apart: lines 2 and 3 have the same time, and "kitchen" and ` +
			`"cellar" in it; ` +
			`if it says what a reading is of, send source_column=` + name +
			` instead of source; if it does not matter, send skip_columns=` + name
		if why != want {
			t.Errorf("%s: %q, want %q", name, why, want)
		}
	}
	for name, c := range map[string]struct{ in, want string }{
		"with a source": {"time,source,sensor,temp\n1,a,x,1\n1,b,x,2\n2,a,x,3\n2,a,y,4\n",
			`lines 4 and 5 have the same time and source, and "x" and "y" in it; if it says what a reading is of, ` +
				`send source_column=source,sensor;`},
		"the same values": {"time,where,temp\n1,a,7\n1,b,7\n", `column "where" tells records apart: lines 2 and 3`},
		"far apart":       {"time,where,temp\n1,a,1\n2,a,2\n3,a,3\n1,b,1\n2,b,2\n3,b,3\n", "lines 2 and 5"},
		"the long form": {"time,metric,value,probe\n1,m,1,in\n1,n,1,out\n1,m,2,out\n",
			`column "probe" tells records apart: lines 2 and 4 have the same time and metric, and "in" and "out" in ` +
				`it; if it says what a reading is of, send source_column=probe`},
		"the long form's id": {"time,metric,value,sensor_id\n1,m,1,7\n1,m,2,8\n",
			`column "sensor_id" tells records apart: lines 2 and 3`},
		"a quoted break": {"time,where,note,temp\n1,a,\"x\ny\",7\n1,b,z,7\n", "lines 2 and 4"},
		"without a name": {"time,,temp\n1,kitchen,7\n1,cellar,7\n",
			`column 2, which has no name, tells records apart: lines 2 and 3 have the same time, and "kitchen" and ` +
				`"cellar" in it; name it in the header, and send source_column=NAME`},
		"a name to escape": {"time;Raum & Flur;temp\n1;a;7\n1;b;7\n",
			"send source_column=Raum+%26+Flur instead of source; if it does not matter, send " +
				"skip_columns=Raum+%26+Flur"},
		"a comma in a name": {"time;source;where, what;temp\n1;s;a;7\n1;s;b;7\n",
			"send source_column=source&source_column=where%2C+what;"},
		"times of day": {"date,clock,temp\n2026-01-01,06:00,1\n2026-01-01,06:10,2\n",
			"if it is the time of day, send time_column=date,clock; if it does not matter"},
		"other times": {"time,last_seen,temp\n2026-01-01,2026-01-01 06:00,1\n2026-01-01,2026-01-01 06:10,2\n",
			"if it is the time, send time_column=last_seen; if it does not matter"},
	} {
		if _, _, why := decoded(c.in, unless(c.in, home)); !strings.Contains(why, c.want) {
			t.Errorf("%s: %q, want %q", name, why, c.want)
		}
	}
}

// A column that tells nothing apart stays left out, and is named.
func TestTextThatTellsNothingApartIsSkipped(t *testing.T) {
	home := readings.Options{DefaultSource: "home"}
	for name, c := range map[string]struct {
		in      string
		want    int
		skipped []readings.Skipped
	}{
		"a comment": {"time,temp,comment\n1,20,cold\n2,21,\n3,22,warm\n", 3,
			[]readings.Skipped{{Column: "comment", Cells: 2}}},
		"the same row again": {"time,temp,quality\n1,20,good\n1,20,good\n", 2,
			[]readings.Skipped{{Column: "quality", Cells: 2}}},
		"said and not said": {"time,temp,quality\n1,20,\n1,21,corrected\n1,22,\n", 3,
			[]readings.Skipped{{Column: "quality", Cells: 1}}},
		"by another source": {"time,source,temp,quality\n1,a,20,good\n1,b,21,bad\n", 2,
			[]readings.Skipped{{Column: "quality", Cells: 2}}},
		"by another metric": {"time,metric,value,about\n1,temp,20,air\n1,hum,40,moisture\n", 2,
			[]readings.Skipped{{Column: "about", Cells: 2, Why: readings.SkippedSurplus}}},
		"by a metric of its own": {"time,topic,temp,hum\n1,t,20,\n1,h,,40\n", 2,
			[]readings.Skipped{{Column: "topic", Cells: 2}}},
		"a row without a reading": {"time,event,temp\n1,open,\n1,shut,20\n", 1,
			[]readings.Skipped{{Column: "event", Cells: 2}}},
		"the number of the row": {",time,temp\n0,1,20\n1,1,20\n", 2,
			[]readings.Skipped{{Column: "(column 1)", Cells: 2, Why: readings.SkippedUnnamed}}},
		"a source said": {"time,station,temp\n1,Seattle,20\n2,Seattle,21\n", 2,
			[]readings.Skipped{{Column: "station", Cells: 2, Why: readings.SkippedIdentity}}},
		"with a number in it": {"time,room,temp\n1,7,20\n2,7,21\n", 2,
			[]readings.Skipped{{Column: "room", Cells: 2, Why: readings.SkippedIdentity}}},
	} {
		b, r, why := decoded(c.in, unless(c.in, home))
		if why != "" || b.Len() != c.want || r.RejectedTotal != 0 {
			t.Errorf("%s: %d readings, rejected %v, refused %q", name, b.Len(), r.Rejected, why)
		}
		if diff := cmp.Diff(c.skipped, r.Skipped); diff != "" {
			t.Errorf("%s: skipped (-want +got):\n%s", name, diff)
		}
	}
}

// A number that names a sensor is no metric.
func TestKeysAreNoMetrics(t *testing.T) {
	for _, name := range []string{"sensor_id", "Sensor ID", "device", "station no", "id", "trip_id", "assetId",
		"meter number", "order-ID"} {
		b, r, why := decoded("time,"+name+",temp\n1,7,20\n2,7,21\n", readings.Options{DefaultSource: "home"})
		if diff := cmp.Diff([]readings.Skipped{{Column: name, Cells: 2, Why: readings.SkippedIdentity}},
			r.Skipped); why != "" || b.Len() != 2 || len(b.Series) != 1 || diff != "" {
			t.Errorf("%s: %v, refused %q, skipped %s", name, show(b), why, diff)
		}
		if _, _, why := decoded(numbered(name), readings.Options{DefaultSource: "home"}); !strings.Contains(why,
			"tells records apart") {
			t.Errorf("%s: %q", name, why)
		}
		b, _, why = decoded(numbered(name), readings.Options{Columns: readings.Columns{Source: []string{name}}})
		if why != "" || len(b.Series) != 3 || b.Series[2].Source != "3" {
			t.Errorf("%s as source: %v, %q", name, b.Series, why)
		}
	}
	for _, name := range []string{"humid", "grid", "fluid (l)", "liquid", "count", "meter", "VOID", "paid"} {
		if b, _, why := decoded("time,"+name+"\n1,7\n", readings.Options{DefaultSource: "home"}); why != "" ||
			b.Len() != 1 {
			t.Errorf("%s: %v, %q", name, show(b), why)
		}
	}
	b, _, why := decoded("time,sensor\n1,7\n", readings.Options{DefaultSource: "home"})
	if !strings.Contains(why, `no column of values; add one for each metric; if "sensor" is measured itself, send `+
		`value_columns=sensor`) {
		t.Errorf("only a key: %v, %q", show(b), why)
	}
	b, _, why = decoded("time,sensor\n1,7\n", readings.Options{DefaultSource: "home",
		Columns: readings.Columns{Values: []string{"sensor"}}})
	if why != "" || b.Len() != 1 || b.Series[0].Metric != "sensor" {
		t.Errorf("a key that is measured: %v, %q", show(b), why)
	}
}

// What the request says of the columns holds.
func TestNamedColumns(t *testing.T) {
	for name, c := range map[string]struct {
		in      string
		columns readings.Columns
		want    []string
		skipped []readings.Skipped
	}{
		"a source": {rooms("sensor"), readings.Columns{Source: []string{"sensor"}},
			[]string{"kitchen|temp||2026-01-01T00:00:00Z|20", "cellar|temp||2026-01-01T00:00:00Z|12",
				"attic|temp||2026-01-01T00:00:00Z|15"}, nil},
		"in any case": {rooms("Sensor"), readings.Columns{Source: []string{" SENSOR"}},
			[]string{"kitchen|temp||2026-01-01T00:00:00Z|20", "cellar|temp||2026-01-01T00:00:00Z|12",
				"attic|temp||2026-01-01T00:00:00Z|15"}, nil},
		"Home Assistant's history": {
			"entity_id,state,last_changed\nsensor.temp,21.5,2026-01-01T06:00:00.000Z\nsensor.hum,40," +
				"2026-01-01T06:00:00.000Z\n",
			readings.Columns{Source: []string{"entity_id"}, Time: []string{"last_changed"}},
			[]string{"sensor.temp|state||2026-01-01T06:00:00Z|21.5", "sensor.hum|state||2026-01-01T06:00:00Z|40"}, nil},
		"dates and times of day": {"Date;Time;Temp (C)\n2026/01/01;06:00;1\n2026/01/01;06:10;2\n",
			readings.Columns{Time: []string{"Date,Time"}, Source: nil},
			[]string{"home|Temp|C|2026-01-01T06:00:00Z|1", "home|Temp|C|2026-01-01T06:10:00Z|2"}, nil},
		"the other column of times": {"time,sent,temp\n1970-01-01,1970-01-02,7\n",
			readings.Columns{Time: []string{"sent"}},
			[]string{"home|temp||1970-01-02T00:00:00Z|7"}, []readings.Skipped{{Column: "time", Cells: 1}}},
		"left out": {"time,where,n,temp\n1970-01-01,a,1,7\n1970-01-01,b,2,7\n",
			readings.Columns{Skip: []string{"where,n"}},
			[]string{"home|temp||1970-01-01T00:00:00Z|7", "home|temp||1970-01-01T00:00:00Z|7"}, nil},
		"a comma in a name": {"time;where, exactly;temp\n1970-01-01;a;7\n",
			readings.Columns{Source: []string{"where, exactly"}}, []string{"a|temp||1970-01-01T00:00:00Z|7"}, nil},
		"two of a source": {
			"time,house,room,temp\n1970-01-01,a,x,1\n1970-01-01,a,y,2\n1970-01-01,b,,3\n1970-01-01,,\"x,y\",4\n",
			readings.Columns{Source: []string{"house", "room"}},
			[]string{"a,room=x|temp||1970-01-01T00:00:00Z|1", "a,room=y|temp||1970-01-01T00:00:00Z|2",
				"b|temp||1970-01-01T00:00:00Z|3", `room=x\,y|temp||1970-01-01T00:00:00Z|4`}, nil},
		"a header that only the names part": {"when;a,b;c,d\n1970-01-01;1;2\n",
			readings.Columns{Time: []string{"when"}}, []string{"home|a,b||1970-01-01T00:00:00Z|1",
				"home|c,d||1970-01-01T00:00:00Z|2"}, nil},
	} {
		o := readings.Options{Columns: c.columns}
		if c.columns.Source == nil {
			o.DefaultSource = "home"
		}
		b, r, why := decoded(c.in, o)
		if diff := cmp.Diff(c.want, show(b)) + cmp.Diff(c.skipped, r.Skipped); diff != "" || why != "" ||
			r.RejectedTotal != 0 {
			t.Errorf("%s: refused %q, rejected %v, readings and skipped columns (-want +got):\n%s", name, why,
				r.Rejected, diff)
		}
	}
}

// A column of values rejects by name what is no number, also where a request has no number in it: what a file's
// column is does not depend on how the file is cut.
func TestColumnsOfValues(t *testing.T) {
	in := "time,state,temp\n1,unavailable,20\n"
	if _, r, _ := decoded(in, readings.Options{DefaultSource: "home"}); r.RejectedTotal != 0 || len(r.Skipped) != 1 {
		t.Errorf("not said: %+v", r)
	}
	_, r, _ := decoded(in, readings.Options{DefaultSource: "home",
		Columns: readings.Columns{Values: []string{"state"}}})
	if r.RejectedTotal != 1 || !strings.Contains(r.Rejected[0].Reason, `column "state": "unavailable" is no number`) ||
		r.Skipped != nil {
		t.Errorf("said: %+v", r)
	}
}

func TestColumnsOfLabels(t *testing.T) {
	in := "time,source,room,floor,temp\n1,a,kitchen,0,20\n2,a,,0,21\n1,b,attic,2,15\n3,c,,,1\n"
	b, r, why := decoded(in, readings.Options{Columns: readings.Columns{Labels: []string{"room", "floor"}}})
	want := []telemetry.Description{
		{Source: "a", Labels: []telemetry.Label{{Name: "floor", Value: "0"}, {Name: "room", Value: "kitchen"}}},
		{Source: "b", Labels: []telemetry.Label{{Name: "floor", Value: "2"}, {Name: "room", Value: "attic"}}},
	}
	if diff := cmp.Diff(want, b.Sources); diff != "" || b.Len() != 4 || len(b.Series) != 3 || r.Skipped != nil {
		t.Errorf("%v, %+v, %q; labels (-want +got):\n%s", show(b), r, why, diff)
	}
	b, _, _ = decoded("time,house,room,temp\n1,a,x,1\n",
		readings.Options{Columns: readings.Columns{Source: []string{"house,room"}}})
	want = []telemetry.Description{{Source: "a,room=x",
		Labels: []telemetry.Label{{Name: "house", Value: "a"}, {Name: "room", Value: "x"}}}}
	if diff := cmp.Diff(want, b.Sources); diff != "" {
		t.Errorf("what names a source together (-want +got):\n%s", diff)
	}
	_, _, why = decoded("time,source,room,temp\n1,a,x,1\n2,a,,1\n3,a,y,1\n",
		readings.Options{Columns: readings.Columns{Labels: []string{"room"}}})
	if why != `column "room" is a label, of which a source has one, and says two of source "a": "x" in line 2 and `+
		`"y" in line 4; leave it out of label_columns, or, if it tells sources apart, send source_column=source,room` {
		t.Errorf("two labels: %q", why)
	}
	_, r, _ = decoded("time,source,room,temp\n1,a,x\x01,1\n2,a,x,1\n",
		readings.Options{Columns: readings.Columns{Labels: []string{"room"}}})
	if r.Accepted != 1 || r.RejectedTotal != 1 || !strings.Contains(r.Rejected[0].Reason, `label "room"`) {
		t.Errorf("a label that cannot be: %+v", r)
	}
}

func TestWhatIsSaidOfColumnsThatDoesNotDo(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		o    readings.Options
		want string
	}{
		"no such column": {
			rooms("sensor"), readings.Options{Columns: readings.Columns{Source: []string{"sonsor"}}},
			`there is no column "sonsor", which source_column names; the columns are "time", "sensor", "temp"`},
		"an empty name": {rooms("sensor"), readings.Options{Columns: readings.Columns{Source: []string{""}}},
			`there is no column "", which source_column names`},
		"part of a list": {
			rooms("sensor"), readings.Options{Columns: readings.Columns{Source: []string{"sensor,where"}}},
			`there is no column "where"`},
		"two things": {rooms("sensor"), readings.Options{Columns: readings.Columns{Source: []string{"sensor"},
			Labels: []string{"sensor"}}}, `column "sensor" is named for two things, label_columns and source_column`},
		"a source and its column": {rooms("sensor"), readings.Options{DefaultSource: "home",
			Columns: readings.Columns{Source: []string{"sensor"}}},
			"source_column and source are both given, and one alone can say the source; leave the other out"},
		"a source beside the column source": {rooms("Source"), readings.Options{DefaultSource: "home"},
			`there is a column "Source", and source is given as "home"; leave source out, or, if the column does not ` +
				`matter, send skip_columns=Source`},
		"three times": {"a,b,c,d\n1,1,1,1\n", readings.Options{DefaultSource: "s",
			Columns: readings.Columns{Time: []string{"a,b,c"}}}, "time_column names 3 columns"},
		"values beside value": {"time,metric,value,x\n1,m,1,1\n",
			readings.Options{DefaultSource: "s", Columns: readings.Columns{Values: []string{"x"}}},
			"leave value_columns out"},
		"no source, a sensor": {rooms("sensor"), readings.Options{},
			`there is no column source; if "sensor" says what a reading is of, send source_column=sensor; if all ` +
				`readings are of one source, send source=NAME`},
		"no source, many": {"time,id,sensor,room,temp\n1,1,a,b,2\n", readings.Options{},
			`if "sensor" or "room" or "id" says what a reading is of, send source_column=sensor;`},
		"no source at all": {"time,temp\n1,1\n", readings.Options{},
			"there is no column source; add one, or name it: send source_column=NAME; if all readings are of one " +
				"source, send source=NAME"},
		"a fallback": {rooms("sensor"), readings.Options{FallbackSource: "home"},
			"if all readings are of one source, send source=home"},
		"no time": {"entity_id,state,last_changed\nx,1,2026-01-01T06:00:00.000Z\n",
			readings.Options{DefaultSource: "s"}, "or send time_column=last_changed"},
		"no date": {"Tag,Uhr,temp\n2026-01-01,06:00,1\n", readings.Options{DefaultSource: "s"},
			"or send time_column=Tag,Uhr"},
		"a date and a clock": {"Date,Time,temp\n2026-01-01,06:00,1\n", readings.Options{DefaultSource: "s"},
			`column "Time" holds times of day, and "Date" dates: send time_column=Date,Time`},
		"Influx's columns": {"_start,_time,temp\n2026-01-01T00:00:00Z,2026-01-01T06:00:00Z,1\n",
			readings.Options{DefaultSource: "s"}, "or send time_column=_time"},
		"a number": {"n,ts,temp\n1,1767225600,1\n", readings.Options{DefaultSource: "s"},
			"or send time_column=ts"},
		"neither": {"entity_id,state,last_changed\nx,1,2026-01-01T06:00:00.000Z\n", readings.Options{},
			`last_changed; there is no column source; if "entity_id" says what a reading is of, send ` +
				`source_column=entity_id`},
		"too many labels": {"time,source,temp" + strings.Repeat(",l", 1) + "\n",
			readings.Options{Columns: readings.Columns{Labels: []string{"l,m"}}}, `no column "m"`},
	} {
		_, _, why := decoded(c.in, c.o)
		if !strings.HasPrefix(why, "the header: ") || !strings.Contains(why, c.want) {
			t.Errorf("%s: %q, want %q", name, why, c.want)
		}
	}
	_, r, _ := decoded("Date,Time,temp\n2026-01-01,2026-01-01 06:00,1\n2026-01-01,06:00,1\n",
		readings.Options{DefaultSource: "s"})
	if r.RejectedTotal != 1 || !strings.Contains(r.Rejected[0].Reason,
		`time "06:00" is a time of day; its date stands in column "Date": send time_column=Date,Time`) {
		t.Errorf("a time of day: %+v", r.Rejected)
	}
}

// Whoever reads a refusal elsewhere reads how it is mended there.
func TestRemediesInOtherWords(t *testing.T) {
	d := csvreadings.Decoder{Options: readings.Options{DefaultSource: "s"},
		Remedy: func(parameter string, values ...string) string {
			return "<" + parameter + " " + strings.Join(values, "|") + ">"
		}}
	var b telemetry.Batch
	_, err := d.Decode([]byte(rooms("sensor")), &b)
	if why := fault.Message(err); !strings.Contains(why, "<source_column sensor>") ||
		!strings.Contains(why, "<skip_columns sensor>") {
		t.Errorf("%q", why)
	}
}

// A file of which all records are the same reading is looked through in one go: its lines are counted only for what
// is refused.
func TestManyRecordsOfOneReading(t *testing.T) {
	in := "time,where,temp\n" + strings.Repeat("1,kitchen,20\n", 300_000)
	if _, r, why := decoded(in, readings.Options{DefaultSource: "s"}); why != "" || r.Accepted != 300_000 {
		t.Errorf("%d accepted, %q", r.Accepted, why)
	}
	if _, _, why := decoded(in+"1,cellar,20\n", readings.Options{DefaultSource: "s"}); !strings.Contains(why,
		"lines 2 and 300002") {
		t.Errorf("%q", why)
	}
}
