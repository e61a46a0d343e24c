package web_test

import (
	"strings"
	"testing"

	"harmonium/appliance/web"
)

func TestWhomToAskIsSetByAnAdministratorAndReadByEverybody(t *testing.T) {
	d := hostDesk(t)
	d.get("olga", "PUT", "/api/v1/contact", `{"contact":"Room 4, ring 4711","imprint":"An office\nA street"}`, 200, nil)
	var c web.Contact
	d.get("", "GET", "/api/v1/contact", "", 200, &c)
	if c != (web.Contact{Contact: "Room 4, ring 4711", Imprint: "An office\nA street"}) {
		t.Errorf("a stranger reads %d and %d bytes", len(c.Contact), len(c.Imprint))
	}
	d.run(
		apiCase{name: "an editor", as: "ada", method: "PUT", path: "/api/v1/contact", status: 403, body: `{"contact":"","imprint":""}`},
		apiCase{name: "too long", as: "olga", method: "PUT", path: "/api/v1/contact", status: 400,
			body: `{"contact":"` + strings.Repeat("x", 4001) + `","imprint":""}`},
		apiCase{name: "what cannot be seen", as: "olga", method: "PUT", path: "/api/v1/contact", status: 400,
			body: `{"contact":"a\u0007","imprint":""}`, want: []string{`"field":"contact"`, "U+0007"}},
	)
}
