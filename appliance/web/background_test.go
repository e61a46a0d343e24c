package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// upload hands in a file.
func (d *desk) upload(as, path string, content []byte) (status int, body string) {
	d.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://localhost:8080"+path, strings.NewReader(string(content)))
	r.Header.Set("Content-Type", "application/octet-stream")
	name, value, _ := strings.Cut(d.as[as], " ")
	if name == "Cookie" {
		r.Header.Set("Cookie", value)
	} else {
		r.Header.Set("Authorization", d.as[as])
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestFilesForTheFacilitatorOverTheInterface(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	path := sessionPath(s, "/background")
	for _, c := range []struct {
		name, file, content string
		status              int
		want                string
	}{
		{"Markdown", "rules.md", "# Rules\n\nNobody answers bells.", 201, `"format":"md"`},
		{"the same again", "rules.md", "# Rules\n\nNobody answers bells.", 409, "there already"},
		{"a large one", "long.txt", strings.Repeat("A sentence of the ward. ", 400), 201, `"told":"lookup"`},
		{"of more than an ordinary body", "book.txt", strings.Repeat("A page of the book. ", 20_000), 201, `"told":"lookup"`},
		{"no text", "plan.pdf", "%PDF-nonsense", 422, "damaged"},
		{"another kind", "plan.exe", "MZ", 422, "kind of file"},
		{"nothing", "plan.txt", "", 400, ""},
		{"a name with a line break", "a%0Ab.txt", "x", 400, "name"},
	} {
		if status, body := d.upload("ada", path+"/files?name="+c.file, []byte(c.content)); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s", c.name, status, body)
		}
	}
	if status, body := d.upload("ada", path+"/files?name=big.txt", make([]byte, 10<<20+1)); status != 413 {
		t.Errorf("more than 10 MB: %d %s", status, body)
	}
	var list web.Backgrounds
	d.get("ada", "GET", path, nil, 200, &list)
	if len(list.Data) != 3 || list.Data[0].Told != "whole" || list.Data[0].TokensTold == 0 || list.TokensTold != list.Data[0].TokensTold ||
		list.Data[1].TokensTold != 0 || list.Data[1].Tokens < 2000 {
		t.Errorf("the list is %+v", list)
	}
	first, second, third := string(list.Data[0].ID), string(list.Data[1].ID), string(list.Data[2].ID)
	d.run(
		apiCase{as: "ada", method: "GET", path: path + "/" + first, status: 200, want: []string{`"text":"# Rules\n\nNobody answers bells."`}},
		apiCase{as: "ada", method: "PUT", path: path + "/order", body: `{"ids":["` + third + `","` + first + `"]}`, status: 409},
		apiCase{as: "ada", method: "PUT", path: path + "/order", body: `{"ids":["` + third + `","` + second + `","` + first + `"]}`, status: 200},
		apiCase{as: "ada", method: "DELETE", path: path + "/" + third, status: 200, forbid: []string{"book.txt"}},
		apiCase{as: "ada", method: "GET", path: path + "/" + third, status: 404},
		apiCase{as: "ada", method: "DELETE", path: path + "/" + third, status: 404},
	)
	for _, planted := range []string{"bells", "rules.md", "sentence of the ward"} {
		if strings.Contains(d.log.String(), planted) {
			t.Errorf("the log holds %q", planted)
		}
	}
}

func TestTheHandbookServesEverySession(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("editor", appliance.RoleEditor)
	s := d.open()
	path := "/api/v1/sessions/" + string(s.ID) + "/background"
	d.run(
		apiCase{as: "editor", method: "PUT", path: "/api/v1/handbook", body: `{"text":"We speak plainly."}`, status: 403},
		apiCase{as: "owner", method: "PUT", path: "/api/v1/handbook", body: `{"text":"` + strings.Repeat("x", 10_001) + `"}`, status: 400, want: []string{"text"}},
		apiCase{as: "owner", method: "PUT", path: "/api/v1/handbook", body: `{"text":"We speak plainly."}`, status: 200},
		apiCase{as: "editor", method: "GET", path: "/api/v1/handbook", status: 200, want: []string{"We speak plainly."}},
		apiCase{as: "owner", method: "GET", path: path, status: 200, want: []string{`"kind":"handbook"`, `"told":"whole"`}},
		apiCase{as: "owner", method: "PUT", path: "/api/v1/handbook", body: `{"text":""}`, status: 200},
		apiCase{as: "owner", method: "GET", path: path, status: 200, want: []string{`"data":[]`}},
	)
}

func TestResultsOfAnotherSessionNeedEyesForIt(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("editor", appliance.RoleEditor)
	hidden := d.open()
	var own web.Session
	d.get("editor", "POST", "/api/v1/sessions", `{"topic":"Own","goal":"Learn"}`, 201, &own)
	path := "/api/v1/sessions/" + string(own.ID) + "/background/results"
	d.run(
		apiCase{as: "editor", method: "POST", path: path, body: `{"session_id":"` + string(hidden.ID) + `"}`, status: 400, want: []string{"may not see it"}},
		apiCase{as: "editor", method: "POST", path: path, body: `{"session_id":"hst_none"}`, status: 400, want: []string{"may not see it"}},
		apiCase{as: "editor", method: "POST", path: path, body: `{"session_id":"` + string(own.ID) + `"}`, status: 400, want: []string{"its own results"}},
		apiCase{as: "owner", method: "POST", path: path, body: `{"session_id":"` + string(hidden.ID) + `"}`, status: 201, want: []string{`"told":"to_come"`}},
		apiCase{as: "owner", method: "POST", path: path, body: `{"session_id":"` + string(hidden.ID) + `"}`, status: 409, want: []string{"there already"}},
	)
}

func TestAShortDiskTakesNoFiles(t *testing.T) {
	left := &roomLeft{percent: 50}
	d := hostDesk(t, func(deps *web.Deps) { deps.Room = left.gauge() })
	s := d.session("ada", `{`+wards+`}`)
	path := sessionPath(s, "/background/files?name=a.txt")
	left.percent = 4
	if status, body := d.upload("ada", path, []byte("x")); status != http.StatusInsufficientStorage || !strings.Contains(body, "disk") {
		t.Errorf("a file on a short disk: %d %s", status, body)
	}
	left.percent = 50
	if status, body := d.upload("ada", path, []byte("x")); status != http.StatusCreated {
		t.Errorf("a file on a disk with room: %d %s", status, body)
	}
}
