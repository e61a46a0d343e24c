package web_test

import (
	"net/http"
	"strings"
	"testing"

	"harmonium/appliance/web"
)

func TestAHostTalksWithTheFacilitatorOfADraft(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	var mine web.Joined
	d.get("ada", "POST", sessionPath(s, "/rehearsals"), nil, 201, &mine)
	if !strings.HasSuffix(mine.ReturnURL, "/chat?s="+string(s.ID)+"&rehearsal=1#t="+mine.Token) || mine.Token == "" {
		t.Errorf("the rehearsal is at %q", mine.ReturnURL)
	}
	d.as["rehearsing"] = "Bearer " + mine.Token
	var own web.ParticipantConversation
	d.get("rehearsing", "GET", "/api/v1/conversation", nil, 200, &own)
	if !own.Rehearsal || own.ConversationID != mine.ConversationID {
		t.Errorf("it is shown as %+v", own)
	}
	d.run(
		apiCase{as: "rehearsing", method: "POST", path: "/api/v1/conversation/turns", body: `{"content":"Nothing gets lost.","key":"k1"}`, status: 201},
		apiCase{name: "it is no conversation of the session", as: "ada", method: "GET", path: sessionPath(s, "/conversations"), status: 200, want: []string{`"data":[]`}},
		apiCase{as: "ada", method: "GET", path: sessionPath(s, ""), status: 200, want: []string{`"participant_count":0`}},
		apiCase{as: "ada", method: "GET", path: sessionPath(s, "/rehearsals"), status: 200,
			want: []string{`"rehearsal":"host"`, `"participant_name":"Rehearsal 1"`, `"included":false`, `"by_model":false`}},
		apiCase{as: "ada", method: "POST", path: sessionPath(s, "/rehearsals/simulated"), body: `{"characters":["villain"]}`, status: 400, want: []string{"characters[0]"}},
		apiCase{as: "ada", method: "POST", path: sessionPath(s, "/rehearsals/simulated"), body: `{"characters":[]}`, status: 400},
		apiCase{as: "ada", method: "POST", path: sessionPath(s, "/rehearsals/simulated"), body: `{"characters":["terse","hostile"]}`, status: http.StatusAccepted,
			want: []string{`"rehearsal":"terse"`, `"rehearsal":"hostile"`, `"state":"active"`}},
		apiCase{as: "ada", method: "DELETE", path: sessionPath(s, "/rehearsals/simulated"), status: 200, want: []string{`"ended":"early"`}},
		apiCase{name: "the host's own goes on", as: "rehearsing", method: "POST", path: "/api/v1/conversation/turns", body: `{"content":"More.","key":"k2"}`, status: 201},
	)
}
