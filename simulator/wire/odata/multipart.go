package odata

import (
	"bytes"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// MaxOperations is how many operations a batch may have ("Performing entity group transactions").
const MaxOperations = 100

// Part is one request within a batch, with what of its headers counts.
type Part struct {
	Verb, Target    string
	Accept          string // one of the forms of metadata; "" where none is named
	Prefer, IfMatch string
	Body            []byte
}

// BadBatch refuses a batch as a whole.
func BadBatch(text string) *Refusal {
	return Refuse(http.StatusBadRequest, "InvalidInput", "%s", text)
}

// Forms of metadata, as Azurite reads them in a batch: without spaces. The service's own default is the minimal one.
const (
	NoMetadata      = "application/json;odata=nometadata"
	MinimalMetadata = "application/json;odata=minimalmetadata"
	FullMetadata    = "application/json;odata=fullmetadata"
)

// acceptOf is one of the three forms; the service's own default where none is named.
func acceptOf(accept []byte) string {
	switch {
	case bytes.Contains(accept, []byte("nometadata")):
		return NoMetadata
	case bytes.Contains(accept, []byte("fullmetadata")):
		return FullMetadata
	}
	return MinimalMetadata
}

var boundaryParameter = regexp.MustCompile(`(?i)boundary="?([^";\s]+)`)

// Boundary is a multipart type's boundary.
func Boundary(contentType string) string {
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["boundary"] != "" {
		return params["boundary"]
	}
	if m := boundaryParameter.FindStringSubmatch(contentType); m != nil {
		return m[1]
	}
	return ""
}

// SplitBatch finds the requests in a multipart body, with line ends of either kind.
func SplitBatch(body []byte, boundary string) ([]Part, *Refusal) {
	outer := sections(body, boundary)
	if boundary == "" || len(outer) == 0 {
		return nil, BadBatch("The body is not multipart/mixed with the boundary that Content-Type names.")
	}
	var parts []Part
	changeSets := 0
	for _, section := range outer {
		head, rest := headers(section)
		inner := [][]byte{section}
		if b := Boundary(contentType(head)); b != "" {
			changeSets++
			inner = sections(rest, b)
		}
		parts = slices.Grow(parts, min(len(inner), MaxOperations+1))
		for _, section := range inner {
			p, ok := request(section)
			if !ok {
				return nil, BadBatch("An operation of the batch is not an HTTP request.")
			}
			if parts = append(parts, p); len(parts) > MaxOperations {
				return parts, nil
			}
		}
	}
	if changeSets > 1 {
		return nil, BadBatch("A batch has one change set.")
	}
	if len(parts) == 0 {
		return nil, BadBatch("The batch has no operations.")
	}
	if changeSets == 0 && parts[0].Verb != http.MethodGet {
		return nil, BadBatch("The operations that write have to be in a change set.")
	}
	return parts, nil
}

// sections are the parts between the boundary's lines, without the line end that belongs to the boundary.
func sections(body []byte, boundary string) [][]byte {
	mark := append([]byte("--"), boundary...)
	found := make([][]byte, 0, bytes.Count(body, mark))
	start := -1
	for at := 0; at < len(body); {
		i := bytes.Index(body[at:], mark)
		if i < 0 {
			break
		}
		i += at
		at = i + len(mark)
		if i > 0 && body[i-1] != '\n' {
			continue
		}
		last := bytes.HasPrefix(body[at:], []byte("--"))
		end := bytes.IndexByte(body[at:], '\n')
		if !last && (end < 0 || len(bytes.TrimSpace(body[at:at+end])) > 0) {
			continue // another boundary that begins as this one does
		}
		if start >= 0 {
			found = append(found, trimLineEnd(body[start:i]))
		}
		if last {
			return found
		}
		at += end + 1
		start = at
	}
	return found
}

func trimLineEnd(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// headers takes the lines of headers off, up to an empty line.
func headers(b []byte) (head, rest []byte) {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return b, nil
		}
		if len(bytes.TrimSuffix(b[at:at+i], []byte("\r"))) == 0 {
			return b[:at], b[at+i+1:]
		}
		at += i + 1
	}
}

// header takes the first line of headers apart. Names are in any case, values may be empty.
func header(head []byte) (name, value, rest []byte) {
	line, rest, _ := bytes.Cut(head, []byte("\n"))
	name, value, _ = bytes.Cut(line, []byte(":"))
	return name, bytes.TrimSpace(value), rest
}

func contentType(head []byte) string {
	for len(head) > 0 {
		var name, value []byte
		if name, value, head = header(head); named(name, "Content-Type") {
			return string(value)
		}
	}
	return ""
}

// named compares a header's name.
func named(name []byte, is string) bool {
	return len(name) == len(is) && strings.EqualFold(string(name), is)
}

// request reads one request: the part's headers, the request line, its headers, its body.
func request(section []byte) (Part, bool) {
	_, rest := headers(section)
	rest = bytes.TrimLeft(rest, "\r\n")
	line, rest, _ := bytes.Cut(rest, []byte("\n"))
	verb, target, ok := strings.Cut(strings.TrimSpace(string(line)), " ")
	if i := strings.LastIndex(target, " HTTP/"); i >= 0 {
		target = target[:i]
	}
	if !ok || target == "" {
		return Part{}, false
	}
	head, body := headers(rest)
	p := Part{Verb: strings.ToUpper(verb), Target: target, Body: bytes.TrimSpace(body)}
	override := ""
	for len(head) > 0 {
		var name, value []byte
		switch name, value, head = header(head); {
		case named(name, "Accept"):
			p.Accept = acceptOf(value)
		case named(name, "Prefer"):
			p.Prefer = string(value)
		case named(name, "If-Match"):
			p.IfMatch = string(value)
		case named(name, "X-HTTP-Method"):
			override = string(value)
		}
	}
	if override != "" && p.Verb == http.MethodPost {
		p.Verb = strings.ToUpper(override)
	}
	return p, true
}
