package azurite

import (
	"net/http"
	"time"
)

// SignTable signs a request of a test.
var SignTable func(*http.Request, Account, time.Time) = signTable
