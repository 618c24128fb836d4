// Package odata has the texts of the Table service: entities as JSON, addresses of rows, filters, ETags and the parts
// of a batch, each with the limits and the words in which the service refuses it, and the stamp that a row carries
// here. It knows texts alone: what is done with a request, and what Azurite makes of it, is package tables.
package odata
