package paging

// The bounds of pages.
const (
	MaxPageReadings = 100_000 // readings of a page
	MaxPageItems    = 1_000   // sources, series, tasks of a page
)

// Page is the parameters of a list.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"The most items of a page."`
	Cursor string `query:"cursor" maxLength:"8192" doc:"The next of the page before, with the same other parameters."`
}
