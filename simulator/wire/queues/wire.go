package queues

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Item is a message in an answer of a store or to a client.
type Item struct {
	ID       string `xml:"MessageId"`
	Inserted string `xml:"InsertionTime"`
	Expires  string `xml:"ExpirationTime"`
	Receipt  string `xml:"PopReceipt,omitempty"`      // not in Peek
	Visible  string `xml:"TimeNextVisible,omitempty"` // not in Peek
	Dequeues *int   `xml:"DequeueCount"`              // not in Put
	Text     *Inner `xml:"MessageText"`               // not in Put
}

// TextXML is the text as it stands in XML; "" where there is none.
func (i Item) TextXML() string {
	if i.Text == nil {
		return ""
	}
	return i.Text.XML
}

// Inner is text as it stands in XML: entities, character references and all, so that nothing of it changes on its
// way.
type Inner struct {
	XML string `xml:",innerxml"`
}

type itemList struct {
	XMLName xml.Name `xml:"QueueMessagesList"`
	Items   []Item   `xml:"QueueMessage"`
}

// ReadItems reads a QueueMessagesList.
func ReadItems(body []byte) ([]Item, error) {
	var list itemList
	if err := newDecoder(body).Decode(&list); err != nil {
		return nil, fmt.Errorf("queues: a list of messages: %w", err)
	}
	return list.Items, nil
}

// WriteItems is the QueueMessagesList.
func WriteItems(items []Item) ([]byte, error) {
	body, err := xml.Marshal(itemList{Items: items})
	if err != nil {
		return nil, fmt.Errorf("queues: a list of messages: %w", err)
	}
	return append([]byte(xml.Header), body...), nil
}

var errNoText = errors.New("queues: the body has no MessageText")

// Text is the MessageText of a QueueMessage as it stands in its XML. Without a body it is absent.
func Text(body []byte) (text string, present bool, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return "", false, nil
	}
	d := newDecoder(body)
	for depth := 0; ; {
		token, err := d.Token()
		switch token := token.(type) {
		case xml.StartElement:
			if depth == 1 && strings.EqualFold(token.Name.Local, "MessageText") {
				text, err := untilEnd(d, body)
				return text, err == nil, err
			}
			depth++
		case xml.EndElement:
			depth--
		}
		if errors.Is(err, io.EOF) {
			return "", false, errNoText
		}
		if err != nil {
			return "", false, fmt.Errorf("queues: a message: %w", err)
		}
	}
}

// untilEnd is what stands up to the end of the element that was opened last; there must be no element in it. The rest
// of the document is read too.
func untilEnd(d *xml.Decoder, body []byte) (string, error) {
	begin := d.InputOffset()
	end := begin
	for {
		token, err := d.Token()
		if err != nil {
			return "", fmt.Errorf("queues: a message: %w", err)
		}
		switch token.(type) {
		case xml.StartElement:
			return "", errors.New("queues: the text of a message has an element in it")
		case xml.EndElement:
			if err := d.Skip(); err != nil { // the rest of QueueMessage
				return "", fmt.Errorf("queues: a message: %w", err)
			}
			return string(body[begin:end]), nil
		}
		end = d.InputOffset()
	}
}

// newDecoder reads UTF-8 whatever the declaration says, as Azurite does.
func newDecoder(body []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	return d
}

// MessageBody is the body of a Put or an Update.
func MessageBody(text string) []byte {
	return []byte("<QueueMessage><MessageText>" + text + "</MessageText></QueueMessage>")
}

// ParseTime reads a time of an answer; the zero time is one that cannot be read.
func ParseTime(text string) time.Time {
	at, err := http.ParseTime(text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// FormatTime writes a time as answers have it.
func FormatTime(at time.Time) string { return at.UTC().Format(http.TimeFormat) }

// SameText compares two texts that stand in XML by what they mean.
func SameText(a, b string) bool {
	return a == b || Plain(a) == Plain(b)
}

// Plain is what a text that stands in XML means.
func Plain(text string) string {
	var message struct {
		MessageText string
	}
	if err := newDecoder(MessageBody(text)).Decode(&message); err != nil {
		return text
	}
	return message.MessageText
}
