// Package retiring is the commands for a region whose journal is gone for good: tidemark retire gives it up, with a
// certificate of what is lost, and tidemark certificate reads that.
package retiring
