package column

// commonStep is the greatest common divisor of all differences to y[0], at least 1. The integers are below 2^53.
func commonStep(y []int64) int64 {
	var g int64
	for _, v := range y[1:] {
		d := v - y[0]
		switch {
		case d == 0:
			continue
		case g == 0:
			g = max(d, -d)
		case d%g != 0:
			g = GCD(g, max(d, -d))
		}
		if g == 1 {
			break
		}
	}
	return max(g, 1)
}

// GCD is the greatest common divisor of two numbers above zero.
func GCD(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
