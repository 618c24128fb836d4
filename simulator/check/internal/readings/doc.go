// Package readings judges answers about readings: package check says by which rules.
package readings
