package route

import "github.com/danielgtaylor/huma/v2"

// humaConfig is what the document says before there are operations.
func humaConfig(version string) huma.Config {
	c := huma.DefaultConfig("tidemark", version)
	c.CreateHooks = nil // no $schema members and no links to them: bodies hold data
	// room docs serves both pages: huma's docs page loads scripts from elsewhere, and what it serves is not listed in
	// the document
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	// a map of our own: an import of another format anywhere in the process adds to the default one
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.Info.Description = "Telemetry and analytics. A reading that was acknowledged is durable in the journal of one " +
		"region and stays; while that region " +
		"is out of reach, writes and questions are 503. Times are RFC 3339 in UTC; spans are half open (from <= " +
		"time < to)."
	c.Servers = []*huma.Server{{URL: "/"}}
	c.Tags = []*huma.Tag{
		{Name: "readings", Description: "Write, read and delete readings."},
		{Name: "influx", Description: "InfluxDB's line protocol, as Telegraf sends it."},
		{Name: "catalogue", Description: "Sources, series and their last readings."},
		{Name: "operations", Description: "Status and background work."},
		{Name: "node", Description: "Probes, metrics and this document."},
	}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "A token: Authorization: Bearer ..."},
		"token": {Type: "apiKey", In: "header", Name: "Authorization",
			Description: "A token as InfluxDB 2 has it: Authorization: Token ..."},
		"basic": {
			Type: "http", Scheme: "basic", Description: "As InfluxDB 1 has it: the password is the token, the name " +
				"is not looked at."},
		"p": {Type: "apiKey", In: "query", Name: "p", Description: "As InfluxDB 1 has it: the password is the token."},
	}
	return c
}

// Operations are those of a path, by method.
func Operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{"GET": item.Get, "HEAD": item.Head, "POST": item.Post, "PUT": item.Put,
		"DELETE": item.Delete, "PATCH": item.Patch}
	for method, op := range all {
		if op == nil {
			delete(all, method)
		}
	}
	return all
}
