// Package delay has distributions of delays, as values with one text form each.
package delay

import (
	"fmt"
	"math"
	"strings"
	"time"

	"tidemark/simulator/inject/internal/words"
)

// Distribution is of delays. Those of this package are values that can be compared.
type Distribution interface {
	At(u float64) time.Duration // u uniform in [0,1): the quantile
	String() string             // as Parse takes it
}

// Max is the longest delay: a longer one that is drawn is cut to it, a longer one that is given is refused. Say
// hang for what never ends.
const Max = time.Hour

// Constant is always the same delay.
type Constant struct{ Of time.Duration }

// At is the delay.
func (d Constant) At(float64) time.Duration { return d.Of }

// String is as in "constant 5ms".
func (d Constant) String() string { return "constant " + d.Of.String() }

// Uniform is any delay between two, each as likely.
type Uniform struct{ Min, Max time.Duration }

// At is the quantile.
func (d Uniform) At(u float64) time.Duration {
	return d.Min + time.Duration(u*float64(d.Max-d.Min))
}

// String is as in "uniform 10ms 200ms".
func (d Uniform) String() string { return "uniform " + d.Min.String() + " " + d.Max.String() }

// LogNormal is the usual shape of a service's latency: the logarithm is normally distributed. Max 0 is Max.
type LogNormal struct {
	Median time.Duration
	Sigma  float64 // standard deviation of the natural logarithm
	Max    time.Duration
}

// At is the quantile, exp(ln Median + Sigma * z(u)) with z the inverse of the normal distribution.
func (d LogNormal) At(u float64) time.Duration {
	z := math.Sqrt2 * math.Erfinv(2*max(u, 1.0/(1<<53))-1) // finite
	return cut(float64(d.Median)*math.Exp(d.Sigma*z), d.Max)
}

// String is as in "log-normal median 20ms sigma 0.6 max 1s".
func (d LogNormal) String() string {
	return "log-normal median " + d.Median.String() + " sigma " + words.Number(d.Sigma) + maxText(d.Max)
}

// Pareto has a heavy tail: mostly little more than Min, sometimes very much more. Max 0 is Max.
type Pareto struct {
	Min   time.Duration
	Alpha float64 // the less, the heavier the tail; the mean is infinite up to 1
	Max   time.Duration
}

// At is the quantile, Min * (1-u)^(-1/Alpha).
func (d Pareto) At(u float64) time.Duration {
	return cut(float64(d.Min)*math.Pow(1-u, -1/d.Alpha), d.Max)
}

// String is as in "pareto min 10ms alpha 1.5 max 1s".
func (d Pareto) String() string {
	return "pareto min " + d.Min.String() + " alpha " + words.Number(d.Alpha) + maxText(d.Max)
}

func maxText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return " max " + d.String()
}

// cut makes a delay of nanoseconds that may be too many, or NaN: nothing, stretched without end.
func cut(nanoseconds float64, most time.Duration) time.Duration {
	if most == 0 {
		most = Max
	}
	switch {
	case math.IsNaN(nanoseconds):
		return 0
	case nanoseconds <= float64(most):
		return time.Duration(nanoseconds)
	}
	return most
}

// Check refuses what no delay can have.
func Check(d Distribution) error {
	var times []time.Duration
	shape := 1.0
	switch d := d.(type) {
	case Constant:
		times = []time.Duration{d.Of}
	case Uniform:
		times = []time.Duration{d.Min, d.Max}
		if d.Min > d.Max {
			return fmt.Errorf("%s: the first is the least, the second the most; exchange them", d)
		}
	case LogNormal:
		times, shape = []time.Duration{d.Median, d.Max}, d.Sigma
	case Pareto:
		times, shape = []time.Duration{d.Min, d.Max}, d.Alpha
		if d.Alpha == 0 {
			return fmt.Errorf("%s: alpha is above 0; 1.5 is usual", d)
		}
	}
	for _, t := range times {
		if t < 0 || t > Max {
			return fmt.Errorf("%s: %v is no delay; give times from 0s to %v", d, t, Max)
		}
	}
	if !(shape >= 0) || math.IsInf(shape, 0) {
		return fmt.Errorf("%s: %v has to be a number, 0 or more", d, shape)
	}
	return nil
}

// Parse takes the text of a distribution: "constant 5ms" (or only "5ms"), "uniform 10ms 200ms",
// "log-normal median 20ms sigma 0.6" and "pareto min 10ms alpha 1.5", the last two also with "max 1s" at the end.
func Parse(text string) (Distribution, error) {
	p := words.Read(text)
	d, err := Read(p)
	if err == nil {
		err = p.End()
	}
	if err == nil {
		err = Check(d)
	}
	if err != nil {
		return nil, fmt.Errorf("inject: delay %q: %w", strings.TrimSpace(text), err)
	}
	return d, nil
}

var distributions = []string{"constant", "uniform", "log-normal", "pareto"}

// Read takes the words of a distribution; it has its form, its values are still to be checked.
func Read(p *words.Reader) (Distribution, error) {
	if _, err := time.ParseDuration(p.Peek()); err == nil {
		of, err := p.Time("delay")
		return Constant{of}, err
	}
	word := p.Next()
	d, err := shape(p, word)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", word, err)
	}
	if d == nil {
		return nil, words.Unknown("distribution", word, distributions)
	}
	return d, nil
}

func shape(p *words.Reader, word string) (_ Distribution, err error) {
	switch word {
	case "constant":
		of, err := p.Time("time")
		return Constant{of}, err
	case "uniform":
		var d Uniform
		if d.Min, err = p.Time("least time"); err == nil {
			d.Max, err = p.Time("greatest time")
		}
		return d, err
	case "log-normal":
		var d LogNormal
		d.Median, d.Sigma, d.Max, err = tailed(p, "median", "sigma")
		return d, err
	case "pareto":
		var d Pareto
		d.Min, d.Alpha, d.Max, err = tailed(p, "min", "alpha")
		return d, err
	}
	return nil, nil
}

// tailed reads a time and a shape, each after its name, and perhaps a greatest time.
func tailed(p *words.Reader, scaleName, shapeName string,
) (scale time.Duration, shape float64, most time.Duration, err error) {
	if !p.Take(scaleName) {
		return 0, 0, 0, fmt.Errorf("%q: write %s and a time here", p.Peek(), scaleName)
	}
	if scale, err = p.Time(scaleName); err != nil {
		return 0, 0, 0, err
	}
	if !p.Take(shapeName) {
		return 0, 0, 0, fmt.Errorf("%q: write %s and a number here", p.Peek(), shapeName)
	}
	if shape, err = p.Number(shapeName); err != nil {
		return 0, 0, 0, err
	}
	if p.Take("max") {
		most, err = p.Time("max")
	}
	return scale, shape, most, err
}
