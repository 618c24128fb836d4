package call

import (
	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/adapters/httpapi/internal/problem"
)

// Fail answers an error in the form of the request. It writes by itself and not with huma.WriteErr, because many errors
// arise where huma is not: of paths that nothing serves, of headers that are too large, of panics.
func (c *Call) Fail(err error) {
	p := problem.Of(err)
	if p.Status >= 500 {
		c.failures.tell(c, p)
	}
	e := p.In(c.form, c.ID)
	h := c.Response.Header()
	for name, values := range p.Header {
		h[name] = values
	}
	body, err := encode.JSON(e)
	if err != nil { // a bug: everything in it is text and numbers
		panic(err)
	}
	h.Set("Content-Type", e.(huma.ContentTypeFilter).ContentType(""))
	c.Response.WriteHeader(p.Status)
	_, _ = c.Response.Write(body)
}
