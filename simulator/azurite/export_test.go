package azurite

import (
	"net/http"
	"os/exec"
	"time"
)

// SignTable signs a request of a test.
var SignTable func(*http.Request, Account, time.Time) = signTable

// OwnGroup makes a command the leader of a process group.
var OwnGroup func(*exec.Cmd) = ownGroup
