package queues

import (
	"net/http"

	"tidemark/simulator/wire"
)

// The words of "Queue Service Error Codes" and "Common REST API Error Codes".
var (
	invalidValue = &wire.Refusal{Status: http.StatusBadRequest, Code: "InvalidQueryParameterValue",
		Message: "Value for one of the query parameters specified in the request URI is invalid."}
	outOfRange = &wire.Refusal{Status: http.StatusBadRequest, Code: "OutOfRangeQueryParameterValue",
		Message: "One of the query parameters specified in the request URI is outside the permissible range."}
	missing = &wire.Refusal{Status: http.StatusBadRequest, Code: "MissingRequiredQueryParameter",
		Message: "A query parameter that's mandatory for this request is not specified."}
	invalidName = &wire.Refusal{Status: http.StatusBadRequest, Code: "InvalidResourceName",
		Message: "The specified resource name contains invalid characters."}
	invalidMetadata = &wire.Refusal{Status: http.StatusBadRequest, Code: "InvalidMetadata",
		Message: "The metadata specified is invalid. It has characters that are not permitted."}

	// NotXML is the answer to a body that is not a message.
	NotXML = &wire.Refusal{Status: http.StatusBadRequest, Code: "InvalidXmlDocument",
		Message: "XML specified is not syntactically valid."}
	// TooLarge is the answer to a body longer than MaxBody.
	TooLarge = &wire.Refusal{Status: http.StatusRequestEntityTooLarge, Code: "RequestBodyTooLarge",
		Message: "The request body is too large and exceeds the maximum permissible limit."}
)
