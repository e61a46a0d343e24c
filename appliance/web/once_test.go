package web_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// api.md: every POST that creates something takes an Idempotency-Key; repeating it returns the first answer.
func TestAGuideIsDraftedAndRestoredOnceForEachKey(t *testing.T) {
	d := hostDesk(t)
	s := d.session("olga", `{`+wards+`}`)
	versions := func() int {
		var list web.List[web.GuideVersionItem]
		d.get("olga", "GET", sessionPath(s, "/guide/versions"), nil, 200, &list)
		return list.Pagination.Total
	}
	d.get("olga", "PATCH", sessionPath(s, ""), `{"goal":"Quite another goal"}`, 200, nil)
	before := versions()
	var first, again, later web.GuideVersion
	for i, path := range []string{"/guide/draft", "/guide/versions/1/restore"} {
		key := fmt.Sprintf("Idempotency-Key: k%d", i)
		d.get("olga", "POST", sessionPath(s, path), nil, 200, &first, key)
		if n := versions(); n != before+1 {
			t.Fatalf("%s: %d versions, want %d", path, n, before+1)
		}
		// What was done since then does not make the repetition a new wish.
		edited := strings.Replace(mustJSON(t, map[string]any{"base_version": first.Version, "guide": first.Guide}), `"opening":"`, `"opening":"Now then. `, 1)
		d.get("olga", "PUT", sessionPath(s, "/guide"), edited, 200, &later)
		d.get("olga", "POST", sessionPath(s, path), nil, 200, &again, key)
		if again.Version != first.Version || versions() != before+2 {
			t.Errorf("%s: repeated, it gives version %d, want %d", path, again.Version, first.Version)
		}
		before = versions()
	}
	d.run(apiCase{name: "the key of another version", as: "olga", method: "POST", path: sessionPath(s, "/guide/versions/2/restore"),
		header: []string{"Idempotency-Key: k1"}, status: 409, want: []string{"Idempotency-Key"}})
}

func TestAParticipantIsTakenInOnceForEachKey(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("client", owner, time.Time{}, appliance.ScopeAll)
	path := "/api/v1/sessions/" + string(d.open().ID) + "/chat/questions"
	body := `{"participant_id":"bot"}`
	var first, again web.ChatAnswer
	d.get("client", "POST", path, body, 200, &first, "Idempotency-Key: k1")
	d.get("client", "POST", path, body, 200, &again, "Idempotency-Key: k1")
	if again != first || first.Message.Content == "" {
		t.Error("the repetition has another answer")
	}
	d.run(
		apiCase{name: "another key", as: "client", method: "POST", path: path, body: body, header: []string{"Idempotency-Key: k2"},
			status: 409, want: []string{"joined already"}},
		apiCase{name: "no key", as: "client", method: "POST", path: path, body: body, status: 409, want: []string{"joined already"}},
		apiCase{name: "the key for somebody else", as: "client", method: "POST", path: path, body: `{"participant_id":"bot 2"}`,
			header: []string{"Idempotency-Key: k1"}, status: 409, want: []string{"Idempotency-Key"}},
	)
}

func TestListsAreGivenInParts(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	for i := range 3 {
		d.key(fmt.Sprint("key ", i), owner, time.Time{}, appliance.ScopeAll)
	}
	var list web.List[web.APIKey]
	d.get("owner", "GET", "/api/v1/api-keys?limit=2&offset=2", nil, 200, &list)
	if len(list.Data) != 1 || list.Pagination != (web.Pagination{Total: 3, Limit: 2, Offset: 2}) {
		t.Errorf("the second part has %d keys, %+v", len(list.Data), list.Pagination)
	}
	d.run(
		apiCase{name: "beyond the end", as: "owner", method: "GET", path: "/api/v1/api-keys?offset=9", status: 200,
			want: []string{`"data":[]`, `"total":3`}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/api-keys?limit=101", status: 400, want: []string{"limit"}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/logins?limit=1", status: 200, want: []string{`"pagination":{"total":1`}},
	)
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
