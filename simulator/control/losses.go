package control

import (
	"cmp"
	"fmt"
	"strings"

	"tidemark/simulator/topology"
)

// aboutLoss says what it means to whoever uses the account that so many writes were lost from one region to another:
// nothing where there are none. service is what runs in the regions, the zero value where nobody said it.
func aboutLoss(account, from, to string, writes int, service topology.Service) string {
	if writes == 0 {
		return ""
	}
	text := fmt.Sprintf("lost are writes of rows and messages that account %s acknowledged in %s and that replication "+
		"had not carried over to %s", account, from, to)
	if service.Account != account || len(service.Journals) == 0 {
		return text + ": whoever relies on them has to write them again"
	}
	journals := "its journal in " + service.Journals[0] + " keeps"
	if len(service.Journals) > 1 {
		journals = "its journals in " + strings.Join(service.Journals, " and ") + " keep"
	}
	return text + fmt.Sprintf("; no reading that %s acknowledged is lost with them: %s each until the account has it "+
		"in "+
		"both regions, and the rows are written again from there", cmp.Or(service.Name, "the service"), journals)
}
