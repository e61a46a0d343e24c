package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

func TestTheOwnAccountIsShownAndChanged(t *testing.T) {
	d := newDesk(t)
	ada := d.person("ada", appliance.RoleEditor)
	d.key("ada's key", ada, time.Time{}, "sessions:read")
	d.run(
		apiCase{as: "ada", method: "GET", path: "/api/v1/me", status: 200, want: []string{`"id":"` + string(ada.ID) + `"`,
			`"role":"editor"`, `"language":"en"`, `"subscription_status":"ENTERPRISE"`, `"api_key":null`}},
		apiCase{as: "ada", method: "PATCH", path: "/api/v1/me", body: `{"name":"Ada L."}`, status: 200,
			want: []string{`"name":"Ada L."`, `"language":"en"`}},
		apiCase{as: "ada", method: "PATCH", path: "/api/v1/me", body: `{"language":"de"}`, status: 200,
			want: []string{`"name":"Ada L."`, `"language":"de"`}},
		apiCase{as: "ada", method: "PATCH", path: "/api/v1/me", body: `{}`, status: 200, want: []string{`"name":"Ada L."`}},
		apiCase{name: "unknown language", as: "ada", method: "PATCH", path: "/api/v1/me", body: `{"language":"xx"}`, status: 400,
			want: []string{`"field":"language"`}},
		apiCase{name: "no name", as: "ada", method: "PATCH", path: "/api/v1/me", body: `{"name":" "}`, status: 400,
			want: []string{`"field":"name"`}},
		apiCase{name: "a name that reorders text", as: "ada", method: "PATCH", path: "/api/v1/me",
			body: "{\"name\":\"Ada \u202e\"}", status: 400, want: []string{`"field":"name"`}},
		// ASVS 15.3.3: nobody gives themselves a role.
		apiCase{name: "a higher role", as: "ada", method: "PATCH", path: "/api/v1/me", body: `{"role":"owner"}`, status: 400,
			want: []string{`"field":"role"`}},
		apiCase{name: "another id", as: "ada", method: "PATCH", path: "/api/v1/me", body: `{"id":"acc_x"}`, status: 400},
		apiCase{as: "ada's key", method: "PATCH", path: "/api/v1/me", body: `{"name":"Eve"}`, status: 403},
		apiCase{as: "ada's key", method: "GET", path: "/api/v1/me", status: 200,
			want: []string{`"name":"Ada L."`, `"name":"ada's key"`, `"key_prefix":"hm_live_`, `"last_used_at":"2026-`}},
	)
}

func TestAKeyIsMadeShownOnceAndRevoked(t *testing.T) {
	d := newDesk(t)
	d.person("ada", appliance.RoleEditor)
	d.person("eve", appliance.RoleOwner)
	var made web.NewAPIKey
	d.get("ada", "POST", "/api/v1/api-keys", `{"name":"reporting","scopes":["projects:read"],"expires_at":"2026-03-02T11:00:00+01:00"}`,
		201, &made)
	if len(made.Key) != 40 || made.KeyPrefix != made.Key[:12] || made.ExpiresAt == nil ||
		!made.ExpiresAt.Equal(d.clock.Now().Add(time.Hour)) || made.LastUsedAt != nil {
		t.Errorf("made %+v", made.APIKey)
	}
	d.as["key"] = "Bearer " + made.Key
	path := "/api/v1/api-keys/" + string(made.ID)
	d.run(
		apiCase{as: "ada", method: "GET", path: "/api/v1/api-keys", status: 200, want: []string{made.KeyPrefix, `"last_used_at":null`},
			forbid: []string{made.Key, made.Key[12:]}},
		apiCase{as: "eve", method: "GET", path: "/api/v1/api-keys", status: 200, want: []string{`{"data":[],"pagination":{"total":0,"limit":20,"offset":0}}`}},
		apiCase{as: "key", method: "GET", path: "/api/v1/projects", status: 200},
		apiCase{as: "ada", method: "GET", path: "/api/v1/api-keys", status: 200, want: []string{`"last_used_at":"2026-03-02T09:00:00.000Z"`}},
		apiCase{as: "key", method: "POST", path: "/api/v1/projects", body: `{"title":"x"}`, status: 403, want: []string{"projects:write"}},
		apiCase{as: "key", method: "GET", path: "/api/v1/api-keys", status: 403},
		apiCase{as: "key", method: "POST", path: "/api/v1/api-keys", body: `{"name":"more","scopes":["*"]}`, status: 403},
		apiCase{name: "eve revokes it", as: "eve", method: "DELETE", path: path, status: 404},
		apiCase{as: "key", method: "DELETE", path: path, status: 403},
		apiCase{name: "ada revokes it", as: "ada", method: "DELETE", path: path, status: 204},
		apiCase{as: "key", method: "GET", path: "/api/v1/me", status: 401},
		apiCase{name: "again", as: "ada", method: "DELETE", path: path, status: 404},
	)
	if strings.Contains(d.log.String(), made.Key[12:]) {
		t.Error("the log holds the key")
	}
}

func TestAKeyEndsAtItsTime(t *testing.T) {
	d := newDesk(t)
	ada := d.person("ada", appliance.RoleEditor)
	d.key("key", ada, d.clock.Now().Add(time.Hour), "*")
	d.run(apiCase{as: "key", method: "GET", path: "/api/v1/me", status: 200})
	d.clock.Advance(time.Hour)
	d.run(apiCase{as: "key", method: "GET", path: "/api/v1/me", status: 401})
}

func TestWhatIsNoKeyIsRefusedAtItsField(t *testing.T) {
	d := newDesk(t)
	d.person("ada", appliance.RoleEditor)
	bad := func(name, body, field string) apiCase {
		return apiCase{name: name, as: "ada", method: "POST", path: "/api/v1/api-keys", body: body, status: 400,
			want: []string{`"field":"` + field}}
	}
	d.run(
		bad("no name", `{"scopes":["*"]}`, "name"),
		bad("empty name", `{"name":"","scopes":["*"]}`, "name"),
		bad("long name", `{"name":"`+strings.Repeat("x", 101)+`","scopes":["*"]}`, "name"),
		bad("no scopes", `{"name":"x"}`, "scopes"),
		bad("empty scopes", `{"name":"x","scopes":[]}`, "scopes"),
		bad("unknown scope", `{"name":"x","scopes":["everything"]}`, "scopes"),
		bad("scopes as text", `{"name":"x","scopes":"*"}`, "scopes"),
		bad("an end in the past", `{"name":"x","scopes":["*"],"expires_at":"2020-01-01T00:00:00Z"}`, "expires_at"),
		bad("an end that is no time", `{"name":"x","scopes":["*"],"expires_at":"tomorrow"}`, "expires_at"),
		bad("unknown field", `{"name":"x","scopes":["*"],"owner":"eve"}`, "owner"),
	)
	for _, body := range []string{`{`, ``, `null`, `[]`, `"x"`, "{\"name\":\"\xff\",\"scopes\":[\"*\"]}"} {
		d.run(apiCase{name: fmt.Sprintf("body %q", body), as: "ada", method: "POST", path: "/api/v1/api-keys", body: body,
			status: 400, header: []string{"Content-Type: application/json"}})
	}
	d.run(apiCase{as: "ada", method: "GET", path: "/api/v1/api-keys", status: 200, want: []string{`{"data":[],"pagination":`}})
}

func TestARepeatedRequestForAKeyGivesANewSecret(t *testing.T) {
	d := newDesk(t)
	d.person("ada", appliance.RoleEditor)
	const body = `{"name":"reporting","scopes":["*"]}`
	var first, second web.NewAPIKey
	d.get("ada", "POST", "/api/v1/api-keys", body, 201, &first, "Idempotency-Key: k1")
	d.get("ada", "POST", "/api/v1/api-keys", body, 201, &second, "Idempotency-Key: k1")
	if first.ID != second.ID || first.Key == second.Key {
		t.Errorf("first %+v, second %+v", first.APIKey, second.APIKey)
	}
	d.as["first"], d.as["second"] = "Bearer "+first.Key, "Bearer "+second.Key
	d.run(
		apiCase{as: "first", method: "GET", path: "/api/v1/me", status: 401},
		apiCase{as: "second", method: "GET", path: "/api/v1/me", status: 200},
		apiCase{name: "after use", as: "ada", method: "POST", path: "/api/v1/api-keys", body: body,
			header: []string{"Idempotency-Key: k1"}, status: 409},
		apiCase{name: "for something else", as: "ada", method: "POST", path: "/api/v1/api-keys", body: `{"name":"other","scopes":["*"]}`,
			header: []string{"Idempotency-Key: k1"}, status: 409},
		apiCase{as: "second", method: "GET", path: "/api/v1/me", status: 200},
	)
}

func TestAKeyNeverExceedsItsOwner(t *testing.T) {
	d := newDesk(t)
	vera := d.person("vera", appliance.RoleViewer)
	d.key("vera's key", vera, time.Time{}, "*")
	d.run(
		apiCase{as: "vera's key", method: "POST", path: "/api/v1/projects", body: `{"title":"x"}`, status: 403},
		apiCase{as: "vera's key", method: "GET", path: "/api/v1/projects", status: 200},
	)
	d.promote(vera, appliance.RoleEditor)
	d.run(apiCase{as: "vera's key", method: "POST", path: "/api/v1/projects", body: `{"title":"x"}`, status: 201})
	d.promote(vera, appliance.RoleViewer)
	d.run(apiCase{as: "vera's key", method: "POST", path: "/api/v1/projects", body: `{"title":"x"}`, status: 403})
}

func TestAKeyHasItsRate(t *testing.T) {
	d := newDesk(t, func(deps *web.Deps) { deps.KeyRate = 60 })
	ada := d.person("ada", appliance.RoleEditor)
	d.key("one", ada, time.Time{}, "*")
	d.key("two", ada, time.Time{}, "*")
	for range 60 {
		d.get("one", "GET", "/api/v1/me", nil, 200, nil)
	}
	w := d.send("one", "GET", "/api/v1/me", nil)
	if w.Code != 429 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("status %d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	d.run(
		apiCase{as: "two", method: "GET", path: "/api/v1/me", status: 200},
		apiCase{as: "ada", method: "GET", path: "/api/v1/me", status: 200},
	)
	d.clock.Advance(time.Second)
	d.run(
		apiCase{as: "one", method: "GET", path: "/api/v1/me", status: 200},
		apiCase{as: "one", method: "GET", path: "/api/v1/me", status: 429},
	)
}

func TestAProjectFromItsMakingToItsEnd(t *testing.T) {
	d := newDesk(t)
	ada := d.person("ada", appliance.RoleEditor)
	d.person("ben", appliance.RoleEditor)
	d.person("olga", appliance.RoleAdmin)
	d.key("ada's key", ada, time.Time{}, "projects:*")
	var p web.Project
	d.get("ada's key", "POST", "/api/v1/projects", `{"title":"Night shift","description":"Handover"}`, 201, &p)
	if p.Title != "Night shift" || p.Status != "active" || p.IsPublic || p.Role != "owner" || !p.CreatedAt.Equal(d.clock.Now()) {
		t.Errorf("made %+v", p)
	}
	path := "/api/v1/projects/" + string(p.ID)
	d.run(
		apiCase{as: "ada", method: "GET", path: path, status: 200, want: []string{`"session_ids":[]`, `"role":"owner"`}},
		apiCase{as: "olga", method: "GET", path: path, status: 200, want: []string{`"role":"admin"`}},
		apiCase{as: "ben", method: "GET", path: path, status: 404, forbid: []string{"Night shift"}},
		apiCase{as: "ben", method: "GET", path: "/api/v1/projects", status: 200,
			want: []string{`"data":[]`, `"pagination":{"total":0,"limit":20,"offset":0}`}},
		apiCase{as: "ada", method: "GET", path: "/api/v1/projects?limit=1", status: 200,
			want: []string{"Night shift", `"pagination":{"total":1,"limit":1,"offset":0}`}},
		apiCase{as: "ada", method: "GET", path: "/api/v1/projects?offset=1", status: 200, want: []string{`"data":[]`, `"total":1`}},
		apiCase{as: "ada", method: "PATCH", path: path, body: `{"is_public":true}`, status: 200,
			want: []string{`"is_public":true`, `"title":"Night shift"`}},
		apiCase{as: "ben", method: "GET", path: path, status: 200, want: []string{`"role":"editor"`}},
		apiCase{name: "an editor changes it", as: "ben", method: "PATCH", path: path, body: `{"title":"Ben's"}`, status: 403},
		apiCase{as: "ada", method: "PATCH", path: path, body: `{"status":"archived","title":"Late shift"}`, status: 200,
			want: []string{`"status":"archived"`, "Late shift"}},
		apiCase{name: "an admin deletes it", as: "olga", method: "DELETE", path: path, status: 403},
		apiCase{as: "ada", method: "DELETE", path: path, status: 200, want: []string{"Late shift", string(p.ID)}},
		apiCase{as: "ada", method: "GET", path: path, status: 404},
		apiCase{as: "ada", method: "DELETE", path: path, status: 404},
	)
}

func TestWhatIsNoProjectIsRefusedAtItsField(t *testing.T) {
	d := newDesk(t)
	d.person("ada", appliance.RoleEditor)
	var p web.Project
	d.get("ada", "POST", "/api/v1/projects", `{"title":"Night shift"}`, 201, &p)
	for _, c := range []struct{ name, fields, field string }{
		{"empty title", `"title":""`, "title"},
		{"title of spaces", `"title":"  "`, "title"},
		{"long title", `"title":"` + strings.Repeat("x", 201) + `"`, "title"},
		{"title of two lines", `"title":"a\nb"`, "title"},
		{"title with a control character", `"title":"a\u0007b"`, "title"},
		{"title that reorders text", `"title":"a\u202eb"`, "title"},
		{"title of another type", `"title":7`, "title"},
		{"long description", `"title":"x","description":"` + strings.Repeat("x", 2001) + `"`, "description"},
		{"public as text", `"title":"x","is_public":"yes"`, "is_public"},
		{"unknown field", `"title":"x","colour":"red"`, "colour"},
	} {
		want := []string{`"field":"` + c.field + `"`}
		d.run(
			apiCase{name: "new: " + c.name, as: "ada", method: "POST", path: "/api/v1/projects", body: "{" + c.fields + "}",
				status: 400, want: want},
			apiCase{name: "changed: " + c.name, as: "ada", method: "PATCH", path: "/api/v1/projects/" + string(p.ID),
				body: "{" + c.fields + "}", status: 400, want: want},
		)
	}
	d.run(
		apiCase{name: "unknown status", as: "ada", method: "PATCH", path: "/api/v1/projects/" + string(p.ID),
			body: `{"status":"lost"}`, status: 400, want: []string{`"field":"status"`}},
		apiCase{name: "limit", as: "ada", method: "GET", path: "/api/v1/projects?limit=101", status: 400, want: []string{"limit"}},
		apiCase{name: "limit of no number", as: "ada", method: "GET", path: "/api/v1/projects?limit=x", status: 400, want: []string{"limit"}},
		apiCase{name: "offset", as: "ada", method: "GET", path: "/api/v1/projects?offset=-1", status: 400, want: []string{"offset"}},
		apiCase{name: "unknown parameter", as: "ada", method: "GET", path: "/api/v1/projects?sort=x", status: 400, want: []string{"sort"}},
		apiCase{name: "a body of 1 MB", as: "ada", method: "POST", path: "/api/v1/projects",
			body: `{"title":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413},
		apiCase{name: "nothing of that was kept", as: "ada", method: "GET", path: "/api/v1/projects", status: 200,
			want: []string{`"total":1`, `"title":"Night shift"`, `"description":""`}},
	)
}

func TestARepeatedRequestForAProjectGivesTheSame(t *testing.T) {
	d := newDesk(t)
	d.person("ada", appliance.RoleEditor)
	send := func(body string) string {
		w := d.send("ada", "POST", "/api/v1/projects", body, "Idempotency-Key: k1")
		if w.Code != http.StatusCreated {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		var p web.Project
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		return string(p.ID)
	}
	if first, second := send(`{"title":"x"}`), send(`{ "title" : "x" }`); first != second {
		t.Error("two projects were made")
	}
	d.run(apiCase{name: "the key for something else", as: "ada", method: "POST", path: "/api/v1/projects", body: `{"title":"y"}`,
		header: []string{"Idempotency-Key: k1"}, status: 409, want: []string{"conflict"}})
}

// promote gives an account another role on the organisation.
func (d *desk) promote(a appliance.Account, role appliance.Role) {
	d.t.Helper()
	_, err := d.store.UpdateAccount(d.t.Context(), byTest, a.ID, func(a *appliance.Account) error {
		a.Role = role
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}
