package web_test

import (
	"strings"
	"testing"
)

// What is said of a request that cannot be read is for people: no words of the libraries behind it.
func TestARequestThatCannotBeReadIsToldSoInPlainWords(t *testing.T) {
	d := hostDesk(t)
	s := d.session("olga", `{`+wards+`}`)
	own := func(rest string) string { return strings.TrimPrefix(sessionPath(s, rest), "/api/v1") }
	jargon := []string{"invalid", "Invalid", "looking for", "RFC", "^", `"field":""`, "1 entries", "unmarshal", "Go "}
	for _, tt := range []struct{ method, path, body, want string }{
		{"POST", "/sessions", `{bad`, "The body is not valid JSON: it cannot be read beyond byte 2."},
		{"POST", "/sessions", ``, "The body is missing. Please send one in JSON."},
		{"POST", "/sessions", `[]`, "The body must be a JSON object."},
		{"GET", "/sessions?limit=ten", ``, "limit: This must be a whole number."},
		{"GET", "/sessions?colour=red", ``, "colour: This parameter is not known here."},
		{"GET", own("/guide/versions/first"), ``, "v: This must be a whole number."},
		{"GET", own("/responses?since=yesterday"), ``, "since: This must be a time such as"},
		{"POST", "/api-keys", `{"name":"k","scopes":[]}`, "scopes: At least one entry is needed."},
		{"PUT", own("/guide"),
			`{"base_version":1,"guide":{"opening":"o","closing":"c","topics":[{"id":"a b","title":"t","aim":"a","question":"q","probes":[],"follow_ups":1,"minutes":1}]}}`,
			"guide.topics[0].id: Only letters, digits, _ and - are possible here."},
	} {
		d.run(apiCase{name: tt.method + " " + tt.path + " " + tt.body, as: "olga", method: tt.method, path: "/api/v1" + tt.path, body: orNil(tt.body), status: 400,
			want: []string{tt.want}, forbid: jargon})
	}
}

func orNil(body string) any {
	if body == "" {
		return nil
	}
	return body
}
