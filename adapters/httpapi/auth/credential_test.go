package auth_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

func TestCredentialsOfInflux(t *testing.T) {
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) {
		d.Callers = apitest.Callers{"secret": apitest.Of("acme")}
	})
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:secret"))
	for _, c := range []struct {
		target, authorization string
		status                int
	}{
		{"/write?u=me&p=secret", "", 204},
		{"/write?u=me&p=wrong", "", 401},
		{"/write", "Token secret", 204},
		{"/write", basic, 204},
		{"/api/v2/write", "Token secret", 204},
		{"/api/v2/write", "Bearer secret", 204},
		{"/api/v2/write?p=secret", "", 401},
		{"/api/v2/write", basic, 401},
		{"/api/v2/write", "", 401},
	} {
		w := r.Do("POST", c.target, []byte("cpu value=1 0"), "Authorization", c.authorization)
		if w.Code != c.status {
			t.Errorf("%s with %q: %d %s", c.target, c.authorization, w.Code, w.Body)
		}
		if c.status == 401 && (w.Header().Get("WWW-Authenticate") == "" ||
			strings.Contains(w.Body.String(), "problem")) {
			t.Errorf("%s: %s", c.target, w.Body)
		}
	}
	if strings.Contains(r.Log.String(), "secret") {
		t.Error("the log holds a token")
	}
}
