package influx

import "tidemark/adapters/httpapi/internal/durability"

type influx1Input struct {
	DB          string `query:"db" doc:"Accepted and not looked at: the tenant is the token's."`
	RP          string `query:"rp" doc:"Accepted and not looked at."`
	Consistency string `query:"consistency" doc:"Accepted and not looked at: Tidemark-Require says what is needed."`
	Precision   string `query:"precision" enum:"ns,n,us,u,ms,s,m,h" doc:"The unit of times. Default: ns. Without it a time that would lie before 1971 is refused, because it looks like seconds, milliseconds or microseconds. A request of which all times are numbers that with the precision that is named would lie in the first weeks of 1970, and with a larger one in the years 2000 to 2099, is refused: what really is of 1970 is sent in seconds or, where the form has it, as RFC 3339."`
	User        string `query:"u" doc:"Accepted and not looked at."`
	Password    string `query:"p" doc:"The token, for clients that cannot send a header."`
	Org         string `query:"org" doc:"Accepted and not looked at."`
	OrgID       string `query:"orgID" doc:"Accepted and not looked at."`
	Bucket      string `query:"bucket" doc:"Accepted and not looked at."`
	Tags
	durability.Wishes
}

type influx2Input struct {
	Org         string `query:"org" doc:"Accepted and not looked at: the tenant is the token's."`
	OrgID       string `query:"orgID" doc:"Accepted and not looked at."`
	Bucket      string `query:"bucket" doc:"Accepted and not looked at."`
	BucketID    string `query:"bucketID" doc:"Accepted and not looked at."`
	DB          string `query:"db" doc:"Accepted and not looked at."`
	RP          string `query:"rp" doc:"Accepted and not looked at."`
	Consistency string `query:"consistency" doc:"Accepted and not looked at: Tidemark-Require says what is needed."`
	Precision   string `query:"precision" enum:"ns,us,ms,s" doc:"The unit of times. Default: ns. Without it a time that would lie before 1971 is refused, because it looks like seconds, milliseconds or microseconds. A request of which all times are numbers that with the precision that is named would lie in the first weeks of 1970, and with a larger one in the years 2000 to 2099, is refused: what really is of 1970 is sent in seconds or, where the form has it, as RFC 3339."`
	Tags
	durability.Wishes
}
