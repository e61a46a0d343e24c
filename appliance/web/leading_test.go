package web_test

import (
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

func TestHowConversationsAreLedIsSetForASessionAndForTheBox(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	if s.OfferAfter != 0 || s.Leading != (web.Leading{OfferAfter: 5, TakeOverAfter: 20}) {
		t.Errorf("where nothing is set: %d, %+v", s.OfferAfter, s.Leading)
	}
	d.get("olga", "PUT", "/api/v1/leading", `{"offer_after":10,"take_over_after":40,"help_text":"Ring 4711."}`, 200, nil)
	d.get("ada", "PATCH", sessionPath(s, ""), `{"take_over_after":90}`, 200, &s)
	if s.TakeOverAfter != 90 || s.Leading != (web.Leading{OfferAfter: 10, TakeOverAfter: 90, HelpText: "Ring 4711."}) {
		t.Errorf("a session goes before the box: %+v", s.Leading)
	}
	d.get("ada", "PATCH", sessionPath(s, ""), `{"take_over_after":null,"help_text":"Ask Ada."}`, 200, &s)
	if s.TakeOverAfter != 0 || s.Leading != (web.Leading{OfferAfter: 10, TakeOverAfter: 40, HelpText: "Ask Ada."}) {
		t.Errorf("null leaves it to the box again: %+v", s.Leading)
	}
	d.run(
		apiCase{name: "taken over before it is offered", as: "ada", method: "PATCH", path: sessionPath(s, ""), status: 400,
			body: `{"offer_after":30,"take_over_after":20}`, want: []string{`"field":"take_over_after"`, "at least 30 seconds"}},
		apiCase{name: "too long", as: "ada", method: "PATCH", path: sessionPath(s, ""), status: 400, body: `{"offer_after":121}`},
		apiCase{name: "an editor and the box", as: "ada", method: "PUT", path: "/api/v1/leading", status: 403, body: `{"offer_after":1,"take_over_after":2,"help_text":""}`},
		apiCase{name: "the box, too long", as: "olga", method: "PUT", path: "/api/v1/leading", status: 400, body: `{"offer_after":1,"take_over_after":301,"help_text":""}`},
	)
}

// Somebody who tells of something that is hard to bear is told where help is, and the host that it is so: not what it is.
func TestTheHostIsToldOfDistressWithoutItsWords(t *testing.T) {
	d := hostDesk(t)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Leading.HelpText = "Ring 4711." })
	d.joinAs("pia", s, "")
	d.await("pia")
	d.say("pia", "Since March I do not want to live any more.")
	c := d.await("pia")
	if last := c.Turns[len(c.Turns)-1]; last.Move != appliance.MoveCare || !strings.Contains(last.Content, "Ring 4711.") {
		t.Errorf("the answer is a %s: %q", last.Move, last.Content)
	}
	item := d.listed(s)[0]
	if item.DistressAt == nil || item.State != appliance.ConversationActive {
		t.Errorf("the host is told of %v in a conversation that is %s", item.DistressAt, item.State)
	}
	d.say("pia", "no")
	if c := d.await("pia"); c.State != appliance.ConversationFinished || strings.Contains(c.Turns[len(c.Turns)-1].Content, "March") {
		t.Errorf("after a no it is %s: %q", c.State, c.Turns[len(c.Turns)-1].Content)
	}
}
