package web_test

import (
	"slices"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

func TestATranscriptIsCorrectedByItsEditors(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("viewer", appliance.RoleViewer)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public = true })
	var item web.ConversationItem
	d.get("owner", "POST", "/api/v1/sessions/"+string(s.ID)+"/conversations", meeting(), 201, &item)
	read := func() (c web.Conversation) {
		t.Helper()
		d.get("owner", "GET", "/api/v1/conversations/"+string(item.ID), nil, 200, &c)
		return c
	}
	c, path := read(), "/api/v1/meetings/"+string(item.ID)
	blades, quota := c.TurnsList[1], c.TurnsList[2]
	turn := path + "/turns/" + string(blades.ID)
	text := map[string]any{"text": "The saws are dull because nobody orders blades before the old ones break."}
	d.run(
		apiCase{as: "viewer", method: "PATCH", path: turn, body: text, status: 403},
		apiCase{as: "viewer", method: "GET", path: turn + "/edits", status: 200, want: []string{`"data":[]`}},
		apiCase{as: "owner", method: "PATCH", path: turn, body: text, status: 204},
		apiCase{as: "owner", method: "GET", path: "/api/v1/search?q=dull", status: 200, want: []string{string(blades.ID)}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/search?q=blunt", status: 200, forbid: []string{string(blades.ID)}},
		apiCase{as: "owner", method: "GET", path: turn + "/edits", status: 200, want: []string{"blunt", `"by":"owner`}},
		apiCase{as: "owner", method: "PATCH", path: turn, body: map[string]any{"text": " "}, status: 400, want: []string{"text"}},
		apiCase{as: "owner", method: "PATCH", path: path + "/turns/trn_elsewhere", body: text, status: 404},
		apiCase{as: "owner", method: "POST", path: turn + "/split", body: map[string]any{"at": 17}, status: 204},
		apiCase{as: "owner", method: "POST", path: turn + "/merge", body: map[string]any{}, status: 204},
		apiCase{as: "owner", method: "POST", path: path + "/turns/" + string(quota.ID) + "/speaker", body: map[string]any{"name": "Hopper"}, status: 204},
	)
	c = read()
	if len(c.TurnsList) != 5 || c.TurnsList[1].Content != text["text"] || len(c.Speakers) != 3 {
		t.Errorf("%d turns of %d speakers", len(c.TurnsList), len(c.Speakers))
	}
	hopper := c.Speakers[slices.IndexFunc(c.Speakers, func(k web.Speaker) bool { return k.Name == "Hopper" })]
	asks := c.Speakers[slices.IndexFunc(c.Speakers, func(k web.Speaker) bool { return k.Asks })]
	d.run(
		apiCase{as: "owner", method: "PATCH", path: path + "/speakers/" + string(hopper.ID), body: map[string]any{"name": "Grace Hopper"}, status: 204},
		apiCase{as: "owner", method: "PATCH", path: path + "/speakers/" + string(hopper.ID), body: map[string]any{"name": "Ada"}, status: 409},
		// What only asks questions is found by nobody, and what is said by somebody is.
		apiCase{as: "owner", method: "POST", path: path + "/speakers/" + string(hopper.ID) + "/merge", body: map[string]any{"into": asks.ID}, status: 204},
		apiCase{as: "owner", method: "GET", path: "/api/v1/search?q=quotas", status: 200, forbid: []string{string(quota.ID)}},
		apiCase{as: "owner", method: "POST", path: path + "/turns/" + string(quota.ID) + "/speaker", body: map[string]any{"name": "Grace"}, status: 204},
		apiCase{as: "owner", method: "GET", path: "/api/v1/search?q=quotas", status: 200, want: []string{string(quota.ID)}},
		// There is no sound of it that could be transcribed.
		apiCase{as: "owner", method: "POST", path: path + "/transcription", body: map[string]any{}, status: 404},
		apiCase{as: "owner", method: "GET", path: path + "/segments", status: 200, want: []string{`"segments":[]`}},
	)
	for _, k := range read().Speakers {
		if strings.Contains(k.Name, "Hopper") {
			t.Errorf("%s says nothing any more", k.Name)
		}
	}
}

// A hold keeps who speaks and what was marked; wordings may be corrected, for those from before are kept.
func TestUnderALegalHoldNothingOfAMeetingIsLost(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	s := d.open()
	session := "/api/v1/sessions/" + string(s.ID)
	var item web.ConversationItem
	d.get("owner", "POST", session+"/conversations", meeting(), 201, &item)
	var c web.Conversation
	d.get("owner", "GET", "/api/v1/conversations/"+string(item.ID), nil, 200, &c)
	var recorded web.MeetingDetail
	d.get("owner", "POST", "/api/v1/meetings", map[string]any{"title": "Round", "provider": "browser", "session_id": s.ID}, 201, &recorded)
	var mark web.MeetingMark
	d.get("owner", "POST", meetingPath(recorded)+"/marks", map[string]any{"kind": "note", "at_ms": 5, "text": "zeppelin"}, 201, &mark)
	d.run(apiCase{as: "owner", method: "POST", path: "/api/v1/holds", status: 200,
		body: map[string]any{"kind": "session", "object": s.ID, "reason": "A dispute."}})
	speakers := slices.DeleteFunc(slices.Clone(c.Speakers), func(k web.Speaker) bool { return k.Asks })
	path := "/api/v1/meetings/" + string(item.ID)
	first := path + "/speakers/" + string(speakers[0].ID)
	held := []string{"A legal hold is on this"}
	d.run(
		apiCase{as: "owner", method: "POST", path: first + "/merge", body: map[string]any{"into": speakers[1].ID}, status: 409, want: held},
		apiCase{as: "owner", method: "PATCH", path: first, body: map[string]any{"name": "Somebody"}, status: 409, want: held},
		apiCase{as: "owner", method: "DELETE", path: meetingPath(recorded) + "/marks/" + string(mark.ID), status: 409, want: held},
		apiCase{as: "owner", method: "PATCH", path: path + "/turns/" + string(c.TurnsList[1].ID), body: map[string]any{"text": "Otherwise."}, status: 204},
		apiCase{as: "owner", method: "GET", path: meetingPath(recorded), status: 200, want: []string{string(mark.ID)}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/audit", status: 200, want: []string{"meeting.mark.add"}, forbid: []string{"zeppelin"}})
}

func TestAnAnonymousMeetingKeepsNoNames(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Anonymous = true })
	var item web.ConversationItem
	d.get("owner", "POST", "/api/v1/sessions/"+string(s.ID)+"/conversations", meeting(), 201, &item)
	var c web.Conversation
	d.get("owner", "GET", "/api/v1/conversations/"+string(item.ID), nil, 200, &c)
	path := "/api/v1/meetings/" + string(item.ID)
	d.run(
		apiCase{as: "owner", method: "PATCH", path: path + "/speakers/" + string(c.Speakers[1].ID), body: map[string]any{"name": "Ada"}, status: 409,
			want: []string{"anonymous"}},
		apiCase{as: "owner", method: "POST", path: path + "/turns/" + string(c.TurnsList[2].ID) + "/speaker", body: map[string]any{"name": "Grace"},
			status: 409},
		apiCase{as: "owner", method: "POST", path: path + "/turns/" + string(c.TurnsList[4].ID) + "/speaker", body: map[string]any{}, status: 204},
	)
}

func TestARecordingIsTranscribedAnewOnlyWhenItHasEnded(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	m := d.record("owner", nil)
	path := meetingPath(m)
	var now web.MeetingWriting
	d.run(apiCase{as: "owner", method: "POST", path: path + "/transcription", body: map[string]any{}, status: 409, want: []string{"still being recorded"}})
	d.get("owner", "POST", path+"/takes", map[string]any{"track": 0, "device": "device-01"}, 200, nil)
	d.mustPut("owner", m, 0, 0, 0, noise(1, 16_000))
	d.get("owner", "POST", path+"/close", map[string]any{}, 200, &m)
	if w := m.Transcript; w.State != appliance.WritingWaiting || w.Version != 1 || w.Transcriber != "" {
		t.Errorf("without anything that hears it is %+v", w)
	}
	d.run(apiCase{as: "owner", method: "POST", path: path + "/transcription", body: map[string]any{}, status: 409, want: []string{"being transcribed"}})
	d.get("owner", "DELETE", path+"/transcription", nil, 200, &now)
	if now.State != appliance.WritingCancelled {
		t.Errorf("after it was stopped it is %+v", now)
	}
	d.run(
		apiCase{as: "owner", method: "POST", path: path + "/transcription", body: map[string]any{"language": "tlh"}, status: 400, want: []string{"language"}},
		apiCase{as: "owner", method: "POST", path: path + "/transcription", body: map[string]any{"words": []string{strings.Repeat("x", 61)}}, status: 400},
		apiCase{as: "owner", method: "POST", path: path + "/transcription", body: map[string]any{"segments": []any{map[string]any{"track": 0, "position": 0}}},
			status: 409, want: []string{"no transcript yet"}},
		apiCase{as: "owner", method: "POST", path: path + "/versions/1", body: map[string]any{}, status: 409, want: []string{"not whole"}},
		apiCase{as: "owner", method: "POST", path: path + "/versions/7", body: map[string]any{}, status: 404},
	)
	d.get("owner", "POST", path+"/transcription", map[string]any{"language": "de", "words": []string{"Übergabebuch"}}, 202, &now)
	d.run(apiCase{as: "owner", method: "GET", path: path + "/versions", status: 200, want: []string{`"version":2`, `"language":"de"`, "Übergabebuch", `"state":"cancelled"`}})
}

func TestTheJargonOfAProject(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	var p web.Project
	d.get("owner", "POST", "/api/v1/projects", map[string]any{"title": "Works"}, 201, &p)
	path := "/api/v1/projects/" + string(p.ID)
	d.get("owner", "PATCH", path, map[string]any{"jargon": "Übergabebuch\n\nStation 4\n"}, 200, &p)
	if p.Jargon != "Übergabebuch\n\nStation 4\n" {
		t.Errorf("it is kept as %q", p.Jargon)
	}
	lines := ""
	for i := range 101 {
		lines += strings.Repeat("x", i%20+1) + string(rune('a'+i%26)) + "\n"
	}
	d.run(
		apiCase{as: "owner", method: "PATCH", path: path, body: map[string]any{"jargon": lines}, status: 400, want: []string{"jargon", "101"}},
		apiCase{as: "owner", method: "PATCH", path: path, body: map[string]any{"jargon": strings.Repeat("y", 61)}, status: 400, want: []string{"jargon"}},
	)
}
