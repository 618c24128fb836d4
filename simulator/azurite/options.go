package azurite

import "io"

// Mode is how Start runs Azurite.
type Mode string

// The modes. An empty Mode is Process.
const (
	Process Mode = "process" // a child of this process: needs Node.js
	// a container of the local Docker engine, by the docker command: needs neither Node.js nor npm
	Container Mode = "container"
)

// Options says what to run. The zero value is one account "tidemark" in memory on free ports of the loopback address,
// as a child process.
type Options struct {
	Mode      Mode
	Accounts  []Account // at least one; nil means one named "tidemark"
	Folder    string    // where the data is kept; "" keeps it in memory
	Host      string    // address to listen on, or of a container to publish at; "" is 127.0.0.1
	TablePort int       // 0 picks a free one
	QueuePort int       // 0 picks a free one
	Install   string    // Process: where Azurite is installed; "" is <user's cache>/tidemark/azurite-<version>
	// Container: the image; "" is what the environment variable TIDEMARK_AZURITE_IMAGE names, or else Image
	Image string
	// held by the child too, until it has ended: it writes its data for a while after this process was killed
	Hold *Lock
	Log  io.Writer // what Azurite and its runner print: errors mostly; nil keeps only the end of it, for errors
}
