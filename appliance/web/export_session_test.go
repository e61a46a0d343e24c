package web_test

import (
	"mime"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
)

func TestResultsAreHandedOutAsFiles(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.person("viewer", appliance.RoleViewer)
	d.key("results", owner, time.Time{}, appliance.ScopeResultsRead)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) {
		s.Public, s.Brief.Topic = true, `Übergabe "heute"; ../x`
	})
	hidden := d.open()
	path := "/api/v1/sessions/" + string(s.ID) + "/export"
	d.joinAs("ada", s, "Ada")
	d.await("ada")
	d.say("ada", telling)
	for format, kind := range map[string]string{
		"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8", "polis": "text/csv; charset=utf-8", "json": "application/json",
		"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	} {
		w := d.send("viewer", "GET", path+"?format="+format, nil)
		_, disposition, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || err != nil || !strings.HasPrefix(disposition["filename"], "übergabe-heute-x") {
			t.Errorf("%s: %d, %q, %q, %v", format, w.Code, w.Header().Get("Content-Type"), w.Header().Get("Content-Disposition"), err)
		}
	}
	trail, err := d.store.AuditTrail(t.Context(), 50)
	if err != nil {
		t.Fatal(err)
	}
	noted := 0
	for _, e := range trail {
		if strings.HasPrefix(e.Action, "session.export.") && e.Object == string(s.ID) {
			noted++
		}
	}
	if noted != 7 {
		t.Errorf("%d exports are in the audit trail", noted)
	}
	d.run(
		apiCase{name: "numbers", as: "viewer", method: "GET", path: path + "?format=csv", status: 200, want: []string{"Participant 1"}, forbid: []string{"Ada"}},
		apiCase{name: "a viewer sees no names", as: "viewer", method: "GET", path: path + "?format=csv&names=true", status: 403, want: []string{"Nothing was exported."}},
		apiCase{name: "who leads it may", as: "owner", method: "GET", path: path + "?format=csv&table=people&names=true", status: 200, want: []string{"Ada (Participant 1)"}},
		apiCase{name: "no such format", as: "owner", method: "GET", path: path + "?format=exe", status: 400},
		apiCase{name: "no format", as: "owner", method: "GET", path: path, status: 400},
		apiCase{name: "no such table", as: "owner", method: "GET", path: path + "?format=csv&table=all", status: 400},
		apiCase{name: "a key for results alone does not read what people said", as: "results", method: "GET", path: path + "?format=csv", status: 403},
		apiCase{name: "not of a session that one may not see", as: "viewer", method: "GET", path: "/api/v1/sessions/" + string(hidden.ID) + "/export?format=md", status: 404},
		apiCase{name: "a participant", as: "ada", method: "GET", path: path + "?format=md", status: 401},
		apiCase{name: "a stranger", as: "", method: "GET", path: path + "?format=md", status: 401},
	)
	d.get("owner", "PATCH", "/api/v1/sessions/"+string(s.ID),
		`{"visibility":{"minimum":5,"tabs":[{"tab":"responses","members":"editor","shared":"host"}]}}`, 200, nil)
	for format, status := range map[string]int{"md": 200, "csv&table=report": 200, "csv": 403, "xlsx": 403, "json": 403, "polis": 403, "md&conversations=true": 403} {
		d.run(apiCase{name: "who does not see conversations gets none in files: " + format, as: "viewer", method: "GET",
			path: path + "?format=" + format, status: status})
	}
	if log := d.log.String(); strings.Contains(log, "heute") {
		t.Error("the name of the file is in the log")
	}
}

func TestAProjectIsHandedOutAsFarAsWhoAsksSeesItsSessions(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("viewer", appliance.RoleViewer)
	var project struct {
		ID appliance.ProjectID `json:"id"`
	}
	d.get("owner", "POST", "/api/v1/projects", map[string]any{"title": "Wards", "is_public": true}, 201, &project)
	path := "/api/v1/projects/" + string(project.ID) + "/export?format="
	for _, topic := range []string{"Nights", "Days"} {
		s := d.open(func(s *appliance.Session, _ *appliance.Form) {
			s.Public, s.Brief.Topic, s.ProjectID = true, topic, project.ID
		})
		d.joinAs(topic, s, "Ada "+topic)
		d.await(topic)
		d.say(topic, telling)
		d.get("owner", "POST", "/api/v1/sessions/"+string(s.ID)+"/summary", nil, 200, nil)
		if topic == "Days" {
			d.get("owner", "PATCH", "/api/v1/sessions/"+string(s.ID), `{"visibility":{"minimum":5,"tabs":[{"tab":"export","members":"editor","shared":"host"}]}}`, 200, nil)
			d.run(apiCase{name: "nor is a preview shown", as: "viewer", method: "GET", path: "/api/v1/sessions/" + string(s.ID) + "/export/preview?format=md", status: 403})
		} else {
			d.run(apiCase{name: "a preview has numbers in place of names", as: "viewer", method: "GET", path: "/api/v1/sessions/" + string(s.ID) + "/export/preview?format=csv",
				status: 200, want: []string{`"conversations":1`, "Participant 1", telling}, forbid: []string{"Ada"}})
		}
	}
	d.run(
		apiCase{name: "who may export all", as: "owner", method: "GET", path: path + "md", status: 200, want: []string{"# Nights", "# Days"}, forbid: []string{"Ada"}},
		apiCase{name: "names are asked for", as: "owner", method: "GET", path: path + "md&names=true&conversations=true", status: 200, want: []string{"Ada Nights (Participant 1)"}},
		apiCase{name: "who may export one", as: "viewer", method: "GET", path: path + "md&names=true&conversations=true", status: 200, want: []string{"# Nights", "“Days”"}, forbid: []string{"# Days", "Ada"}},
		apiCase{name: "a stranger", as: "", method: "GET", path: path + "md", status: 401},
	)
}
