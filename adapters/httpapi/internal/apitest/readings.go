package apitest

// WithReadings gives a rig readings of one series, an hour apart, from At(0) on.
func WithReadings(r *Rig, n int) *Rig {
	r.Query.Points.Unit = "C"
	for i := range n {
		r.Query.Points.Times = append(r.Query.Points.Times, At(i))
		r.Query.Points.Values = append(r.Query.Points.Values, float64(i)+0.25)
	}
	return r
}
