package azkit

import "strings"

// Filter is an OData filter. Values are quoted where they are put in, so that no value can change the filter's
// meaning.
type Filter struct{ text string }

// Text is the property PartitionKey, RowKey or another string property.
type Text string

// The keys of a row.
const (
	PartitionKey Text = "PartitionKey"
	RowKey       Text = "RowKey"
)

// Equal is true of rows whose property has the value.
func (p Text) Equal(value string) Filter { return p.compare("eq", value) }

// AtLeast is true of rows whose property is the value or sorts above it.
func (p Text) AtLeast(value string) Filter { return p.compare("ge", value) }

// Below is true of rows whose property sorts below the value.
func (p Text) Below(value string) Filter { return p.compare("lt", value) }

func (p Text) compare(operator, value string) Filter {
	return Filter{string(p) + " " + operator + " '" + strings.ReplaceAll(value, "'", "''") + "'"}
}

// Flag is a boolean property.
type Flag string

// True is true of rows that have the property and it is true.
func (p Flag) True() Filter { return Filter{string(p) + " eq true"} }

// And is true where all are; of none it is the empty filter, true of every row.
func And(filters ...Filter) Filter {
	texts := make([]string, 0, len(filters))
	for _, f := range filters {
		if f.text != "" {
			texts = append(texts, f.text)
		}
	}
	return Filter{strings.Join(texts, " and ")}
}

// Query is the filter as the service reads it, nil for the empty one.
func (f Filter) Query() *string {
	if f.text == "" {
		return nil
	}
	return &f.text
}
