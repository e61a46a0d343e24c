package web_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// Whatever language of the pages somebody speaks: what they say about the use of a meeting holds until somebody decides on it, and
// leads to the turn in which it was said.
func TestWhatIsSaidAboutItsUseIsFlaggedInEveryLanguage(t *testing.T) {
	said := map[appliance.Language]string{
		appliance.English:   "This is off the record, please.",
		appliance.German:    "Das ist bitte nicht fürs Protokoll.",
		appliance.French:    "Arrêtez l’enregistrement, s’il vous plaît.",
		appliance.Spanish:   "Que esto quede entre nosotros; es confidencial.",
		appliance.Ukrainian: "Будь ласка, це не для протоколу.",
		appliance.Arabic:    "من فضلكم أوقفوا التسجيل الآن.",
	}
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	s := d.open()
	for _, language := range appliance.Languages() {
		var m web.ConversationItem
		d.get("owner", "POST", "/api/v1/sessions/"+string(s.ID)+"/conversations", map[string]any{"title": "Round", "turns": []any{
			map[string]any{"speaker": "Grace", "text": blunt}, map[string]any{"speaker": "Ada", "text": said[language]}}}, 201, &m)
		path := "/api/v1/meetings/" + string(m.ID) + "/restrictions"
		var is web.Restrictions
		d.get("owner", "GET", path, nil, 200, &is)
		if len(is.Pending) != 1 || len(is.Effective) == 0 || is.Pending[0].Sequence == nil || *is.Pending[0].Sequence != 1 {
			t.Errorf("%s: %+v", language, is)
			continue
		}
		d.get("owner", "POST", path, map[string]any{"action": "review_candidate", "candidate_event_id": is.Pending[0].ID, "decision": "dismiss"}, 200, &is)
		if len(is.Pending) != 0 || len(is.Effective) != 0 {
			t.Errorf("%s: after it was dismissed %+v", language, is)
		}
	}
}
