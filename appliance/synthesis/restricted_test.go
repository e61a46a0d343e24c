package synthesis_test

import (
	"fmt"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/store"
)

// A theme has the title that a model has made of what was said in a meeting too. When that must not be used any more the title is
// gone in the same moment, from the themes and from the report, and what is made anew is made without the meeting.
func TestATitleGoesWithTheMeetingThatItWasMadeOf(t *testing.T) {
	const secret = "Zeppelin hangar"
	for _, forbid := range []appliance.Restrictions{appliance.NoSynthesis, appliance.NoUse} {
		t.Run(strings.Join(forbid.Scopes(), " "), func(t *testing.T) {
			d := newDesk(t, "en", "Tools", "Room")
			fake, _ := withModel(t, d, ollamatest.Patient)
			fake.Rule(func(r ollamatest.Request) ollamatest.Script {
				if isThemes(r) && strings.Contains(r.Last(), "zeppelin") {
					return titles(title{secret + " and drill", "What is told about the zeppelin and the drill."}, title{"Lamp and light", ""})
				}
				return goodReader(r)
			})
			d.person(drill, light)
			id := d.meeting(appliance.Utterance{Speaker: "Ada", Text: "The zeppelin hangar leaks and the drill gets wet every time that it rains."},
				appliance.Utterance{Speaker: "Grace", Text: "The drill should be mended before the zeppelin comes back from the north."})
			tells := func() string {
				of, err := d.Themes(t.Context(), d.session.ID, 3)
				if err != nil {
					t.Fatal(err)
				}
				told := ""
				for _, theme := range of.Themes {
					told += theme.Title + theme.Description + "\n"
				}
				for _, s := range d.newest().Report.Body.Sections {
					told += fmt.Sprintln(s.Title, s.Sentences)
				}
				return told
			}
			if told := tells(); strings.Count(told, secret) < 2 {
				t.Fatalf("themes and report do not have the title:\n%s", told)
			}
			if _, err := d.Restrict(t.Context(), byHost, id, appliance.RestrictionChange{Set: &forbid}, store.Once{}); err != nil {
				t.Fatal(err)
			}
			if told := tells(); strings.Contains(strings.ToLower(told), "zeppelin") {
				t.Errorf("at once they tell:\n%s", told)
			}
			d.work()
			told := tells()
			if strings.Contains(strings.ToLower(told), "zeppelin") || !strings.Contains(told, "One person answered.") {
				t.Errorf("made anew they tell:\n%s", told)
			}
		})
	}
}
