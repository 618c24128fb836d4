// Package httpapi is the HTTP interface of tidemark: it turns requests into calls of the use cases and their answers
// into bytes.
//
// # Rooms
//
// This package is the shell: configuration (Config, Deps), putting together (New), and the way of a request in and out
// (Handler). A request becomes a call (internal/call), is let in (auth), and reaches its operation (internal/route).
// The operations are
//
//	internal/questions   what reads: readings, aggregates, last readings, series, sources
//	internal/writes      what stores: readings, deletions, labels
//	internal/influx      the line protocol of InfluxDB's clients
//	internal/operations  status, probes, tasks that failed
//	internal/docs        the document, its page, metrics
//
// They do not know one another. Below them: bodies are taken in (internal/body) and become batches (internal/decode);
// parameters are read (internal/params, internal/paging); writers are told what was reached (internal/durability);
// a good answer is sent (internal/reply), an error is told (internal/problem), and values are written
// (internal/encode). Outside, clients know the documents (schema), and the program is known as interfaces (service).
//
// # What is huma's
//
// huma routes, reads and checks parameters by the tags of inputs, runs the middlewares, makes the schemas of documents
// of their types, and keeps the OpenAPI document. Bodies, answers and errors are written by hand; each of these places
// says what huma does instead: route.Handle (answers), route.DescribeBody (bodies), route.Page (pages), route.Answers
// and Table.Fails (what the document says of answers), call.ClaimErrors and Call.Fail (errors).
//
// # Rules that hold for every operation
//
// Who calls is told by the credentials (Deps.Callers): the tenant is never in a path, a parameter or a body. Every
// operation of tenants says which role its callers need, where it is registered: what changes nothing needs
// Telemetry.Read, what changes what is stored Telemetry.Write, what changes what the service does Operations.Act.
// Without the role it is 403, and the problem names it.
//
// A parameter that an operation does not know, that is given twice where it counts once, or that is given and empty,
// is refused by name: a parameter left out mostly means "every one", and nothing may come to mean it by mistake. For
// the same reason a query string that does not decode is 400 as a whole. The two line protocol operations ignore what
// they do not know and take what is empty for left out, because Telegraf and its kin send more than they need. A body
// may be compressed once, with gzip or zstd.
//
// Every error is application/problem+json (RFC 9457). Its type is "tag:tidemark,2026:" and the name of the kind; its
// instance is the request's id, which the header X-Request-Id carries too. The line protocol operations answer errors
// as InfluxDB does. Nothing of a cause reaches a client. Statuses: 400 a query, body or cursor that does not decode;
// 422 a parameter or field out of its range, a durability that the service is not configured for, and a write of
// which nothing was accepted; 503 with perhaps_stored for an outcome nobody knows.
//
// # Data and claims
//
// Bodies hold data and nothing else, so that equal data is equal bytes wherever it is read; what an answer vouches
// for stands in headers (Tidemark-As-Of, Tidemark-As-Of-One, Tidemark-Mode, Tidemark-Region, Tidemark-Rows). The ETag
// of a read is a hash of its body, so If-None-Match works across nodes and regions. Lists continue by a cursor, given
// in the body as "next" and in a Link header: it is signed, names the key to go on from and no node, and is good for
// the same tenant, operation and parameters only (limit may change).
//
// Spans are half open, from <= time < to. Without to a span ends now, by the journal's clock (Deps.Clock), without
// from it begins 24 hours before its end. A time in a parameter is RFC 3339, a date, which is its first moment, or a
// Unix number in units of the parameter precision (ns unless given).
//
// # Writes
//
// Readings are validated one by one: 200 says how many were accepted and lists those that were not; 422 says that
// nothing was stored, because nothing was acceptable or because atomic=true asked for all or nothing. On the line
// protocol operations 204 is every reading and 400 with "partial write" says how many were dropped, while the rest is
// stored; what is no reading is named in the header Tidemark-Skipped. docs/sources.md says which source a line is of.
//
// Of two values that a request gives for one series and time that of the later row stands, and the answer counts
// those that do not and lists the first ten with both rows: in its body, or in the header Tidemark-Overwritten of the
// line protocol operations. atomic=true refuses them. Rows that give the same value again are not counted.
//
// docs/limits.md lists every bound with what is answered one over it.
package httpapi
