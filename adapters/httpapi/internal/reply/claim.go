package reply

import (
	"github.com/danielgtaylor/huma/v2"
)

// ClaimParams describes the headers of reads.
func ClaimParams(paged bool) map[string]*huma.Param {
	m := map[string]*huma.Param{
		"ETag": HeaderParam("A hash of the body, the same in every region: send it back as If-None-Match."),
		"Tidemark-As-Of": HeaderParam("Every reading acknowledged \"both\" before this time is in the answer; " +
			"with one journal the same as Tidemark-As-Of-One."),
		"Tidemark-As-Of-One": HeaderParam("Every reading acknowledged \"one\" before this time is in the answer. " +
			"Absent, where there are two journals, while this node has not seen them hold the same. What was lost " +
			"with a journal that was retired is not in: its certificate says what that is."),
		"Tidemark-Mode": HeaderParam("What this node reaches. normal: its journals. exposed: one of two. read-only: " +
			"neither of two could be read, and the answer is from the storage account alone: it is as old as " +
			"Tidemark-As-Of says, some minutes at least, and may lack what you wrote since."),
		"Tidemark-Region": HeaderParam("The region that was read: of two journals the one that the answer is from. " +
			"Absent where neither could be read."),
		"Tidemark-Rows": HeaderParam("secondary: the storage account's primary endpoint is away, and rows were read " +
			"from its copy in the other region. It changes nothing of what the answer vouches for. Absent otherwise."),
	}
	if paged {
		m["Link"] = HeaderParam("The next page, rel=\"next\"; absent on the last.")
	}
	return m
}

// HeaderParam describes a header of an answer.
func HeaderParam(description string) *huma.Param {
	return &huma.Param{Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
}
