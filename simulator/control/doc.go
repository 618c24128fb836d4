// Package control shows a running topology over HTTP and takes orders: regions, distances, accounts, replication,
// failover, outages, faults, the edge, processes, and the truth stream. The document is at /openapi.json; errors are
// application/problem+json (RFC 9457) with a stable code and, in the detail, what to do. The storage account is also
// there in the shape of Azure's resource provider.
package control
