package journal

import "tidemark/domain/region"

// Site is a journal with the region that it lies in and its directory.
type Site struct {
	Region    region.Name
	Journal   Journal
	Directory Directory
}
