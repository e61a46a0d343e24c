package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
)

// revoking is a client that revokes the key of its request as soon as it has read the first bytes of the answer.
type revoking struct {
	*httptest.ResponseRecorder
	revoke func()
}

func (r revoking) Write(p []byte) (int, error) {
	r.revoke()
	return r.ResponseRecorder.Write(p)
}

func TestAnAnswerEndsWhenItsKeyIsRevoked(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	key := d.key("client", owner, time.Time{}, appliance.ScopeAll)
	s := d.open()
	path := "/api/v1/sessions/" + string(s.ID)
	for _, who := range []string{"a", "b", "c"} {
		d.get("client", "POST", path+"/chat", map[string]string{"content": "The printer is broken.", "participant_id": who}, 200, nil)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost"+path+"/responses", nil)
	r.Header.Set("Authorization", d.as["client"])
	w := revoking{httptest.NewRecorder(), func() { _ = d.store.RevokeKey(t.Context(), byTest, "", key.ID) }}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("the answer was not cut off: %v", v)
		}
		if strings.Contains(w.Body.String(), "printer") {
			t.Error("what people said was told after the key was revoked")
		}
	}()
	d.handler.ServeHTTP(w, r)
}
