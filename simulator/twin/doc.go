// Package twin is a geo-redundant storage account in memory: the storage of its regions (account.Store), on virtual
// time. What the gateway does over HTTP with two Azurites, experiments do with it thousands of times a second.
package twin
