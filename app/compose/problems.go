package compose

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"

	"tidemark/domain/telemetry"
)

// problems gathers what is wrong.
type problems []error

func (p *problems) need(ok bool, format string, args ...any) {
	if !ok {
		*p = append(*p, fmt.Errorf(format, args...))
	}
}

func (p *problems) name(flag, name string) {
	err := telemetry.CheckName("name", name)
	p.need(err == nil, "%s is %q: %v", flag, name, err)
}

// regionName is what a region may be called: what the simulator takes too.
var regionName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

func (p *problems) region(flag, name string) {
	p.need(regionName.MatchString(name), "%s is %q: write a name of lower-case letters, digits and hyphens that "+
		"begins with a letter, at most 31 of them", flag, name)
}

func (p *problems) key(flag string, k Secret) {
	raw, err := base64.StdEncoding.DecodeString(string(k))
	p.need(err == nil && len(raw) > 0, "%s is not a storage account's key (base64): copy it from the account's "+
		"access keys", flag)
}

func (p *problems) url(flag, text string) {
	u, err := url.Parse(text)
	p.need(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "",
		"%s is %q: write an URL with http or https", flag, text)
}
