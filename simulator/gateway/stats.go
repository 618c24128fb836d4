package gateway

import (
	"encoding/xml"
	"io"
	"net/http"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire"
)

// absent says whether it was answered as by a secondary that is not there yet: of that there are the statistics
// alone, which say so.
func (v *visit) absent(kind string) bool {
	if !v.secondary || !v.empty || v.wantsStats(kind) {
		return false
	}
	v.reset("the secondary is not there yet")
	return true
}

// wantsStats says whether a request is for the statistics of a service, which a secondary endpoint has. At a
// primary's Azurite refuses them.
func (v *visit) wantsStats(kind string) bool {
	return v.secondary && kind == inject.Stats && v.r.Method == http.MethodGet &&
		v.r.URL.Query().Get("restype") == "service"
}

// answerStats answers with the statistics of the service. They are the account's own: the secondary's Azurite, which
// may hang, is not asked. Who comes without a shared key is let in by the primary's, which takes a SAS or a token for
// either endpoint.
func (v *visit) answerStats() {
	switch signed, right := v.signature(); {
	case signed && !right:
		v.refuse(http.StatusForbidden, "AuthenticationFailed", messageAuthentication)
	case signed:
		if v.back(nil) {
			_ = v.writeStats(v.w, nil) // who does not listen any more learns nothing
		}
	default:
		v.asked = v.a.Endpoints().Primary.Region
		v.pass(v.queueRequest, v.writeStats)
	}
}

// writeStats writes the statistics, or the answer of a store that has not let the caller in. The form is that of "Get
// Table Service Stats": the time is RFC 1123, to the second, and empty unless the state is live.
func (v *visit) writeStats(w http.ResponseWriter, from *http.Response) error {
	h := w.Header()
	if from != nil && from.StatusCode != http.StatusOK {
		v.copyQueueHeader(h, from.Header)
		w.WriteHeader(from.StatusCode)
		_, err := io.Copy(w, from.Body)
		return err
	}
	var body struct {
		XMLName        xml.Name `xml:"StorageServiceStats"`
		GeoReplication struct {
			Status       georep.State
			LastSyncTime string
		}
	}
	stats := v.a.Stats(v.service)
	body.GeoReplication.Status = stats.State
	if stats.State == georep.Live {
		body.GeoReplication.LastSyncTime = stats.LastSync.UTC().Format(http.TimeFormat)
	}
	text, err := xml.Marshal(body)
	if err != nil {
		return err
	}
	h.Set("Date", v.now().UTC().Format(http.TimeFormat))
	h.Set("Content-Type", "application/xml")
	h.Set("X-Ms-Request-Id", wire.RequestID())
	for _, name := range []string{"X-Ms-Version", "X-Ms-Client-Request-Id"} { // as they were sent
		if value := v.r.Header.Get(name); value != "" {
			h.Set(name, value)
		}
	}
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(append([]byte(xml.Header[:len(xml.Header)-1]), text...))
	return err
}
