package apitest

// cut is a page of a list: those behind, at most limit.
func cut[T any](all []T, behind func(T) bool, limit int) (page []T, more bool) {
	for _, x := range all {
		if !behind(x) {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, x)
	}
	return page, false
}
