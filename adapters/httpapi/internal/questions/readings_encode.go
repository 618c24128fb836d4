package questions

import (
	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/domain/query"
)

// appendReadings appends a ReadingsBody.
func appendReadings(b []byte, p *query.Points, next string) []byte {
	b = append(b, `{"source":`...)
	b = encode.AppendString(b, string(p.Series.Source))
	b = append(b, `,"metric":`...)
	b = encode.AppendString(b, string(p.Series.Metric))
	b = encode.AppendMember(b, "unit", p.Unit)
	b = encode.AppendOthers(b, p.Others)
	b = append(b, `,"readings":[`...)
	var d encode.Dates
	for i, t := range p.Times {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"time":"`...)
		b = d.Append(b, t)
		b = append(b, `","value":`...)
		b = encode.AppendFloat(b, p.Values[i])
		b = append(b, '}')
	}
	b = append(b, ']')
	b = encode.AppendMember(b, "next", next)
	return append(b, '}', '\n')
}

func appendReadingsCSV(b []byte, p *query.Points) []byte {
	b = append(b, "time,source,metric,value,unit\n"...)
	names := append(encode.AppendCell([]byte{','}, string(p.Series.Source)), ',')
	names = append(encode.AppendCell(names, string(p.Series.Metric)), ',')
	unit := append(encode.AppendCell([]byte{','}, p.Unit), '\n')
	var d encode.Dates
	for i, t := range p.Times {
		b = d.Append(b, t)
		b = append(b, names...)
		b = encode.AppendFloat(b, p.Values[i])
		b = append(b, unit...)
	}
	return b
}
