package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
	"tidemark/simulator/topology"
)

// StorageAccount is the account as Azure's resource provider shows it (Storage Accounts - Get Properties,
// Microsoft.Storage 2023-01-01), as far as there is something to show. Location is where the account was made: it
// does not follow a failover ("Azure storage disaster recovery planning and failover").
type StorageAccount struct {
	ID         string                   `json:"id"`
	Name       string                   `json:"name"`
	Type       string                   `json:"type"`
	Kind       string                   `json:"kind"`
	Location   string                   `json:"location"`
	SKU        SKU                      `json:"sku"`
	Properties StorageAccountProperties `json:"properties"`
}

// SKU is the redundancy: Standard_RAGRS, or Standard_LRS of a local account and after an unplanned failover.
type SKU struct {
	Name string `json:"name" example:"Standard_RAGRS"`
	Tier string `json:"tier,omitempty"`
}

// StorageAccountProperties are its properties.
type StorageAccountProperties struct {
	ProvisioningState   string            `json:"provisioningState"`
	PrimaryLocation     string            `json:"primaryLocation"`
	StatusOfPrimary     string            `json:"statusOfPrimary" enum:"available,unavailable"`
	SecondaryLocation   string            `json:"secondaryLocation,omitempty"`
	StatusOfSecondary   string            `json:"statusOfSecondary,omitempty" enum:"available,unavailable,"`
	PrimaryEndpoints    ServiceEndpoints  `json:"primaryEndpoints"`
	SecondaryEndpoints  *ServiceEndpoints `json:"secondaryEndpoints,omitempty"`
	FailoverInProgress  bool              `json:"failoverInProgress,omitempty"`
	LastGeoFailoverTime *time.Time        `json:"lastGeoFailoverTime,omitempty"`
	GeoReplicationStats *ProviderStats    `json:"geoReplicationStats,omitempty" doc:"With $expand=geoReplicationStats, of a geo-redundant account."`
}

// ServiceEndpoints are as callers outside of the regions have them.
type ServiceEndpoints struct {
	Table string `json:"table"`
	Queue string `json:"queue"`
}

// ProviderStats are the statistics of geo-replication. LastSyncTime is the earlier of the two services'.
type ProviderStats struct {
	Status                        string     `json:"status" enum:"Live,Bootstrap,Unavailable"`
	LastSyncTime                  *time.Time `json:"lastSyncTime,omitempty"`
	CanFailover                   bool       `json:"canFailover"`
	CanPlannedFailover            bool       `json:"canPlannedFailover"`
	PostFailoverRedundancy        string     `json:"postFailoverRedundancy"`
	PostPlannedFailoverRedundancy string     `json:"postPlannedFailoverRedundancy"`
}

const (
	skuGeo       = "Standard_RAGRS"
	skuLocal     = "Standard_LRS"
	providerPath = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/" +
		"storageAccounts/{account}"
	operationPath = "/subscriptions/{subscription}/providers/Microsoft.Storage/locations/{location}/" +
		"asyncoperations/{operation}"
)

// ProviderPath is the account that a request names, with its subscription and resource group, which are shown and not
// looked at.
type ProviderPath struct {
	Subscription string `path:"subscription"`
	Group        string `path:"group"`
	AccountPath
	Version string `query:"api-version" doc:"Any date that the resource provider knows, as 2023-01-01."`
}

type (
	inProviderGet struct {
		ProviderPath
		Expand string `query:"$expand" doc:"geoReplicationStats"`
	}
	inProviderFailover struct {
		ProviderPath
		Type string `query:"failoverType" doc:"Planned, or absent for an unplanned one (Storage Accounts - Failover)."`
	}
	inProviderPatch struct {
		ProviderPath
		Body struct {
			SKU SKU `json:"sku"`
		}
	}
	inOperation struct {
		Subscription string `path:"subscription"`
		Location     string `path:"location"`
		Operation    string `path:"operation"`
		Version      string `query:"api-version"`
		Monitor      string `query:"monitor"`
	}
	accepted struct {
		Status     int
		Location   string `header:"Location" doc:"Where to ask whether it is done: 202 until then, 200 after."`
		RetryAfter int    `header:"Retry-After"`
	}
)

// ProviderError is an error in the resource provider's form.
type ProviderError struct {
	status int
	Err    struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func (e *ProviderError) Error() string  { return e.Err.Message }
func (e *ProviderError) GetStatus() int { return e.status }

func providerError(status int, code, format string, args ...any) *ProviderError {
	e := &ProviderError{status: status}
	e.Err.Code, e.Err.Message = code, fmt.Sprintf(format, args...)
	return e
}

// refused is an order that the account does not take, as the provider would say it. Its codes for that are not
// documented: ours are the names of control's own problems.
func refused(err error) error {
	var own *ProviderError
	if err == nil || errors.As(err, &own) {
		return err
	}
	var unknown *topology.UnknownError
	if errors.As(err, &unknown) {
		return providerError(http.StatusNotFound, "ResourceNotFound", "%v", err)
	}
	p := problemOf(err).(*Problem)
	status := p.Status
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	return providerError(status, camel(p.Code), "%s", p.Detail)
}

func camel(code string) string {
	text := ""
	for part := range strings.SplitSeq(code, "-") {
		text += strings.ToUpper(part[:1]) + part[1:]
	}
	return text
}

func (a *api) registerProvider() {
	provide(a, op("GET", providerPath, "provider-get", "provider", "Get Properties", 400, 404),
		func(_ context.Context, in *inProviderGet) (*of[StorageAccount], error) {
			return a.provided(in.ProviderPath, in.Expand, nil)
		})
	o := op("POST", providerPath+"/failover", "provider-failover", "provider", "Failover", 400, 404, 409)
	o.DefaultStatus = http.StatusAccepted
	provide(a, o, a.providerFailover)
	provide(a, op("PATCH", providerPath, "provider-update", "provider",
		"Update: the SKU Standard_RAGRS makes an account geo-redundant again", 400, 404, 409),
		func(_ context.Context, in *inProviderPatch) (*of[StorageAccount], error) {
			return a.provided(in.ProviderPath, "", func(g *gateway.Account) error {
				return a.changeSKU(g,
					in.Body.SKU.Name)
			})
		})
	o = op("GET", operationPath, "provider-operation", "provider",
		"Whether a failover is done: 202 until then, 200 after", 404)
	provide(a, o, func(_ context.Context, in *inOperation) (*accepted, error) {
		g, err := a.sim.Account(in.Operation)
		if err != nil {
			return nil, err
		}
		if g.Status().Phase != georep.Steady {
			return &accepted{Status: http.StatusAccepted, RetryAfter: 1}, nil
		}
		return &accepted{Status: http.StatusOK}, nil
	})
}

// provide registers an operation whose errors have the provider's form.
func provide[I, O any](a *api, o huma.Operation, f func(context.Context, *I) (*O, error)) {
	o.RejectUnknownQueryParameters = false // SDKs add their own
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		return out, refused(err)
	})
	described := operations(a.huma.OpenAPI().Paths[o.Path])[o.Method]
	schema := huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[ProviderError]())
	for _, status := range o.Errors {
		described.Responses[fmt.Sprint(status)].Content = map[string]*huma.MediaType{
			"application/json": {Schema: schema}}
	}
}

// provided carries an order out, if there is one, and shows the account.
func (a *api) provided(in ProviderPath, expand string,
	order func(*gateway.Account) error) (*of[StorageAccount], error) {
	if in.Version == "" {
		return nil, providerError(http.StatusBadRequest, "MissingApiVersionParameter",
			"The api-version query parameter (?api-version=) is required for all requests.")
	}
	g, err := a.sim.Account(in.Account)
	if err == nil && order != nil {
		err = order(g)
	}
	if err != nil {
		return nil, err
	}
	return &of[StorageAccount]{a.storageAccount(g, in, strings.EqualFold(expand, "geoReplicationStats"))}, nil
}

func (a *api) providerFailover(_ context.Context, in *inProviderFailover) (*accepted, error) {
	kind := georep.Unplanned
	switch {
	case strings.EqualFold(in.Type, "Planned"):
		kind = georep.Planned
	case in.Type != "" && !strings.EqualFold(in.Type, "Unplanned"):
		return nil, providerError(http.StatusBadRequest, "InvalidValuesForRequestParameters",
			"failoverType is %q: write Planned, or leave it out", in.Type)
	}
	location := ""
	_, err := a.provided(in.ProviderPath, "", func(g *gateway.Account) error {
		if err := a.replicates(g); err != nil {
			return err
		}
		location = fmt.Sprintf("%s/subscriptions/%s/providers/Microsoft.Storage/locations/%s/"+
			"asyncoperations/%s?monitor=true&api-version=%s",
			a.sim.Addresses().Control, in.Subscription, g.Status().Primary, in.Account, in.Version)
		return g.Failover(kind)
	})
	if err != nil {
		return nil, err
	}
	return &accepted{Status: http.StatusAccepted, Location: location, RetryAfter: 1}, nil
}

// changeSKU makes an account geo-redundant again. The way back is only by a failover here.
func (a *api) changeSKU(g *gateway.Account, name string) error {
	if err := a.replicates(g); err != nil {
		return err
	}
	geo := g.Status().Secondary != ""
	switch {
	case name == "":
		return providerError(http.StatusBadRequest, "InvalidValuesForRequestParameters",
			"there is nothing to change but sku.name: write %s", skuGeo)
	case name == skuGeo && geo, name == skuLocal && !geo:
		return nil
	case name == skuGeo:
		return a.reenable(g, "")
	}
	return providerError(http.StatusConflict, "SkuChangeNotSupported",
		"the simulator changes an account to %s only, after an unplanned failover: %q is not simulated", skuGeo, name)
}

// storageAccount is the account in the provider's shape.
func (a *api) storageAccount(g *gateway.Account, in ProviderPath, withStats bool) StorageAccount {
	s := g.Status()
	out := StorageAccount{
		ID: fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Storage/storageAccounts/%s",
			in.Subscription, in.Group, g.Name()),
		Name: g.Name(), Type: "Microsoft.Storage/storageAccounts", Kind: "StorageV2", Location: a.madeIn(g.Name()),
		SKU: SKU{Name: skuLocal, Tier: "Standard"}}
	p := &out.Properties
	p.ProvisioningState, p.PrimaryLocation, p.StatusOfPrimary = "Succeeded", string(s.Primary),
		a.availability(s.Primary)
	p.FailoverInProgress = s.Phase != georep.Steady
	p.LastGeoFailoverTime = moment(s.LastFailover)
	table, tableSecondary, _ := a.sim.Endpoints(g.Name(), network.Outside, network.Table)
	queue, queueSecondary, _ := a.sim.Endpoints(g.Name(), network.Outside, network.Queue)
	p.PrimaryEndpoints = ServiceEndpoints{Table: table + "/", Queue: queue + "/"}
	if s.Secondary == "" {
		return out
	}
	out.SKU.Name = skuGeo
	p.SecondaryLocation, p.StatusOfSecondary = string(s.Secondary), a.availability(s.Secondary)
	p.SecondaryEndpoints = &ServiceEndpoints{Table: tableSecondary + "/", Queue: queueSecondary + "/"}
	if withStats {
		p.GeoReplicationStats = a.providerStats(g, s)
	}
	return out
}

func (a *api) providerStats(g *gateway.Account, s georep.Status) *ProviderStats {
	states := map[georep.State]string{georep.Live: "Live", georep.Bootstrap: "Bootstrap"}
	out := &ProviderStats{Status: "Unavailable", PostFailoverRedundancy: skuLocal,
		PostPlannedFailoverRedundancy: skuGeo}
	if text := states[s.State]; text != "" {
		out.Status = text
	}
	table, queue := g.Stats(georep.Table).LastSync, g.Stats(georep.Queue).LastSync
	if queue.Before(table) {
		table = queue
	}
	out.LastSyncTime = moment(table)
	up := a.availability(s.Secondary) == available
	out.CanFailover = s.State == georep.Live && s.Phase == georep.Steady && up
	out.CanPlannedFailover = out.CanFailover && a.availability(s.Primary) == available && len(s.PausedScopes) == 0
	return out
}

const available = "available"

func (a *api) availability(r georep.Region) string {
	place := network.Place(r)
	if a.sim.Network().Path(place, place, network.Table).Open() &&
		a.sim.Network().Path(place, place, network.Queue).Open() {
		return available
	}
	return "unavailable"
}

// madeIn is the region in which the topology made the account.
func (a *api) madeIn(name string) string {
	for _, account := range a.sim.Config().Accounts {
		if account.Name == name {
			return account.Primary + account.Region // one of them is empty
		}
	}
	return ""
}
