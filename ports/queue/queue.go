// Package queue is the contract of a work queue as Queue Storage has it: at least once, no order, messages hidden
// while leased.
//
// A message is a hint, never the only record of anything. The proof is queuetest.
package queue

import (
	"context"
	"time"
)

// MaxBodyBytes is the longest body: 64 KiB on the wire, less base64.
const MaxBodyBytes = 48 << 10

// MaxReceive is the most messages one Receive or Peek gives.
const MaxReceive = 32

// Message is a stored message. Body belongs to the receiver.
type Message struct {
	ID           string
	Body         []byte
	Inserted     time.Time
	DequeueCount int
}

// Delivery is a leased message. Receipt is opaque and good for one Extend or Delete.
type Delivery struct {
	Message
	Receipt string
}

// Queue is one queue. It is safe for concurrent use.
type Queue interface {
	// Send stores a message, visible after delay. The same body sent twice is two messages. fault.TooLarge over
	// MaxBodyBytes; an Indeterminate send may have stored it. It does not keep body.
	Send(ctx context.Context, body []byte, delay time.Duration) error
	// Receive leases up to max (1..MaxReceive, else fault.Invalid) visible messages for the visibility timeout (at
	// least a second); each delivery counts one up. An empty queue gives none, at once. When the lease ends the
	// message is visible again.
	Receive(ctx context.Context, max int, visibility time.Duration) ([]Delivery, error)
	// Extend leases a delivery anew from now and gives the delivery with its new receipt. fault.NotFound when
	// somebody else has it, or it was deleted.
	Extend(ctx context.Context, d Delivery, visibility time.Duration) (Delivery, error)
	// Delete removes a delivered message. fault.NotFound when somebody else has it or it is gone.
	Delete(ctx context.Context, d Delivery) error
	// Peek shows up to max (1..MaxReceive) visible messages without leasing them.
	Peek(ctx context.Context, max int) ([]Message, error)
	// Length is about how many messages there are, hidden ones too.
	Length(ctx context.Context) (int, error)
}
