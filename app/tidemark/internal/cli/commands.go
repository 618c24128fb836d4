package cli

import (
	"tidemark/app/tidemark/internal/cloud"
	"tidemark/app/tidemark/internal/importing"
	"tidemark/app/tidemark/internal/node"
	"tidemark/app/tidemark/internal/orders"
	"tidemark/app/tidemark/internal/retiring"
	"tidemark/app/tidemark/internal/up"
)

// Commands is the command line.
type Commands struct {
	Serve       node.Serve           `cmd:"" help:"Run a node. Without any flag it listens on 127.0.0.1:8080 and keeps its data in the folder tidemark-data."`
	Up          up.Command           `cmd:"" help:"Run everything on this machine, with real data in it: two simulated regions, in each storage (Azurite), cache (Redis) and a node, an edge in front of them, and Seattle's weather. Prints one JSON line when it is ready."`
	Sim         simCommand           `cmd:"" help:"Run a simulated cloud of two regions that any Azure SDK can use, and lose one: tidemark sim up."`
	Init        node.Init            `cmd:"" help:"Make what a storage account needs before the first node starts: the journal's identity, tables, queues, the key that signs cursors. Doing it again changes nothing."`
	Retire      retiring.Retire      `cmd:"" help:"Give up the journal of the other region, which is gone for good: says what is lost, and with --yes writes that down as a certificate and has the journal of this region go on alone. Give it the settings of a node, and stop all nodes first."`
	Certificate retiring.Certificate `cmd:"" help:"Check that a certificate of what was lost with a journal is as it was made, and print it for people."`
	Import      importing.Command    `cmd:"" help:"Send files of readings to a running node."`
	OpenAPI     openAPICommand       `cmd:"" name:"openapi" help:"Print the OpenAPI 3.1 document of the HTTP API."`
	Version     versionCommand       `cmd:"" help:"Print the version of the program."`
}

// simCommand is everything about the simulator.
type simCommand struct {
	Up       cloud.Up        `cmd:"" help:"Run a simulated cloud: two regions, a geo-redundant storage account over them, and the control API. Prints one JSON line when it is ready."`
	Example  cloud.Example   `cmd:"" help:"Print a topology file with every field explained: tidemark sim example > cloud.yaml."`
	Status   orders.Status   `cmd:"" help:"Show the regions, the accounts and what is wrong with them."`
	Watch    orders.Watch    `cmd:"" help:"Show the same live, with the latest events."`
	Lag      orders.Lag      `cmd:"" help:"Change how far the secondary lags behind: tidemark sim lag 'constant 30s' --table orders."`
	Pause    orders.Pause    `cmd:"" help:"Stop replication: the Last Sync Time stands still."`
	Resume   orders.Resume   `cmd:"" help:"Let replication go on."`
	Outage   orders.Outage   `cmd:"" help:"Lose a region, or a way between places: tidemark sim outage east --for 30s."`
	Heal     orders.Heal     `cmd:"" help:"End outages."`
	Failover orders.Failover `cmd:"" help:"Fail the account over to its secondary; waits until it is done."`
	Reenable orders.Reenable `cmd:"" help:"Make an account geo-redundant again after an unplanned failover; waits until it is live."`
	Fault    orders.Fault    `cmd:"" help:"Add a rule for single calls: tidemark sim fault 'status 503 ServerBusy if service=table p=0.5'. Without one: list them."`
	Run      orders.Run      `cmd:"" help:"Carry a schedule of faults out, a fault a line as 'at 5s for 30s region east out: hang': tidemark sim run FILE. Says what happens, and ends with it."`
}

const description = `tidemark keeps telemetry and answers questions about it.

Two commands to begin with:
  tidemark up       everything on this machine, with data in it
  tidemark serve    a node that keeps its data in a folder

Flags can be given as environment variables: --log-level is TIDEMARK_LOG_LEVEL. Orders to the simulator cannot.

` + statuses + ` Those of import are in tidemark import --help.`
