// Package rows judges raw storage: reads of partitions, Last Sync Times, failovers' lists, and the truth stream.
package rows
