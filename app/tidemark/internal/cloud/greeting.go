package cloud

import (
	"cmp"
	"strings"
	"text/template"

	"tidemark/simulator/topology"
)

// sdks is what the user of each SDK types, read in the SDKs' sources, and tried with JavaScript (13.3.2) and Go
// (1.4.1): .NET's connection string has to name the secondary, for it makes a wrong one of an address with the
// account in its path; JavaScript wants to be told that http is meant; Python asks for statistics at
// secondary_hostname, and puts it in the place of host and port only.
var sdks = template.Must(template.New("sdks").Parse(`
Storage account {{.Account}}, its primary in {{.Primary}}. From outside of the regions
(the line above has the addresses from within them):

  primary    {{.Table}}
  secondary  {{.TableSecondary}}   (read-only, lags behind)

.NET (Azure.Data.Tables)
  var primary   = new TableServiceClient("{{.Connection}}");
  var secondary = new TableServiceClient(new Uri("{{.TableSecondary}}"),
	new TableSharedKeyCredential("{{.Account}}", "{{.Key}}"));
  var synced    = primary.GetStatistics().Value.GeoReplication.LastSyncedOn;

JavaScript (@azure/data-tables)
  const key = new AzureNamedKeyCredential("{{.Account}}", "{{.Key}}"), http = { allowInsecureConnection: true };
  const primary   = new TableServiceClient("{{.Table}}", key, http);
  const secondary = new TableServiceClient("{{.TableSecondary}}", key, http);
  const synced    = (await secondary.getStatistics()).geoReplication.lastSyncTime;

Python (azure-data-tables)
  key = AzureNamedKeyCredential("{{.Account}}", "{{.Key}}")
  primary   = TableServiceClient("{{.Table}}", credential=key)
  secondary = TableServiceClient("{{.TableSecondary}}", credential=key)
  stats     = TableServiceClient("{{.TableSecondary}}", credential=key,
	secondary_hostname="{{.Host}}").get_service_stats()

Go (aztables)
  key, _ := aztables.NewSharedKeyCredential("{{.Account}}", "{{.Key}}")
  primary, _   := aztables.NewServiceClientWithSharedKey("{{.Table}}", key, nil)
  secondary, _ := aztables.NewServiceClientWithSharedKey("{{.TableSecondary}}", key, nil)
  stats, _     := secondary.GetStatistics(ctx, nil)

Connection string, with the queues
  {{.Connection}}

Lose a region, and see what it costs, in another terminal:
  tidemark sim status{{.Flag}}
  tidemark sim lag 'constant 30s'{{.Flag}}
  tidemark sim outage {{.Primary}}{{.Flag}}
  tidemark sim failover{{.Flag}}
  tidemark sim heal{{.Flag}} && tidemark sim reenable{{.Flag}}
{{.Control}}/ lists every order. Stop it with Ctrl-C.
`))

// ControlFlag is what the commands need to find the control API: nothing where they look by themselves.
func ControlFlag(a topology.Addresses) string {
	address := strings.TrimPrefix(a.Control, "http://")
	if address == topology.DefaultControl {
		return ""
	}
	return " --control " + address
}

// simGreeting says what to type.
func greeting(a topology.Addresses, primary string) string {
	if a.Account == "" {
		return "The topology has no account. " + a.Control + "/ lists every order. Stop it with Ctrl-C."
	}
	o := a.Outside
	var text strings.Builder
	err := sdks.Execute(&text, map[string]string{
		"Account": a.Account, "Key": a.Key, "Primary": primary, "Control": a.Control, "Flag": ControlFlag(a),
		"Table": o.Table, "TableSecondary": cmp.Or(o.TableSecondary, "none: the account is local"),
		"Host":       strings.TrimSuffix(strings.TrimPrefix(o.Table, "http://"), "/"+a.Account),
		"Connection": connectionString(a),
	})
	if err != nil {
		return err.Error() // a field that the template has and we have not
	}
	return text.String()
}

// connectionString is the account's, from outside. .NET and Python read all of it, JavaScript and Go what they know.
func connectionString(a topology.Addresses) string {
	o := a.Outside
	text := "DefaultEndpointsProtocol=http;AccountName=" + a.Account + ";AccountKey=" + a.Key + ";TableEndpoint=" +
		o.Table + ";QueueEndpoint=" + o.Queue
	if o.TableSecondary != "" {
		text += ";TableSecondaryEndpoint=" + o.TableSecondary + ";QueueSecondaryEndpoint=" + o.QueueSecondary
	}
	return text + ";"
}
