package topology

// Service is what runs in the regions, as whoever started it says. The simulator makes nothing of it: it is there for
// those who give orders, so that they can say what an outage means to the clients of the service.
type Service struct {
	Name     string   `json:"name" example:"tidemark" doc:"Of the program."`
	Nodes    []string `json:"nodes" nullable:"false" doc:"The regions in which it has a node."`
	Journals []string `json:"journals" nullable:"false" example:"[\"east\",\"west\"]" doc:"The regions whose storage takes every write of every node first: of two, either is enough to go on. Every question reads one of them."`
	Account  string   `json:"account" example:"tidemark" doc:"The storage account that every question reads too."`
}
