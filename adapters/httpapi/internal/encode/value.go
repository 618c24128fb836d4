package encode

import (
	"bytes"
	"encoding/json"

	"tidemark/domain/fault"
)

// JSON is a value that is small as JSON, with a line's end. The error is fault.Internal.
func JSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fault.Wrap(fault.Internal, "httpapi.encode", err)
	}
	return b.Bytes(), nil
}
