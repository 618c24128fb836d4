package column

// Encoder encodes columns and keeps its scratch memory from one to the next. It is not safe for concurrent use. The
// zero value is ready.
type Encoder struct {
	ints   []int64
	except []int
}

func (e *Encoder) sized(n int) []int64 {
	if cap(e.ints) < n {
		e.ints = make([]int64, max(n, 1024))
	}
	return e.ints[:n]
}
