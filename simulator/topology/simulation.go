package topology

import (
	"sync"

	"tidemark/simulator/azurite"
	"tidemark/simulator/edge"
	"tidemark/simulator/gateway"
	"tidemark/simulator/topology/internal/roles"
)

// Simulation is a topology that runs. It is safe for concurrent use.
type Simulation struct {
	*ground
	outages
	programs
	lock    *azurite.Lock // of the folder; nil: none is taken
	regions []*region
	places  []*vantage
	roles   *roles.Keeper
	gateway *gateway.Gateway
	front   *front // nil: there is no edge

	mu      sync.Mutex
	control string
	service *Service // nil: nobody has said what runs here
	closed  bool
}

// Gateway serves the accounts.
func (s *Simulation) Gateway() *gateway.Gateway { return s.gateway }

// Account finds an account; the error names those that there are.
func (s *Simulation) Account(name string) (*gateway.Account, error) {
	if a, ok := s.gateway.Account(name); ok {
		return a, nil
	}
	unknown := &UnknownError{What: "account", Name: name}
	for _, a := range s.gateway.Accounts() {
		unknown.Known = append(unknown.Known, a.Name())
	}
	return nil, unknown
}

// SetControl says where the control API listens, for Addresses.
func (s *Simulation) SetControl(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.control = url
}

// SetService tells what runs in the regions.
func (s *Simulation) SetService(of Service) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.service = &of
}

// Service is what runs in the regions; false if nobody has said it.
func (s *Simulation) Service() (Service, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.service == nil {
		return Service{}, false
	}
	return *s.service, true
}

// Edge is the edge, nil where there is none.
func (s *Simulation) Edge() *edge.Edge {
	if s.front == nil {
		return nil
	}
	return s.front.edge
}
