package web_test

import (
	"testing"

	"harmonium/appliance/inference/ollamatest"
)

func TestABriefIsCheckedAndCompletedAsItIsWritten(t *testing.T) {
	d := hostDesk(t)
	d.run(
		apiCase{as: "ada", method: "POST", path: "/api/v1/sessions/checks", body: `{"topic":"Feedback","goal":"Prove that the wards work better now",
			"questions":["What gets lost and how do you notice?","What helps you most?"]}`, status: 200,
			want:   []string{`"field":"topic","code":"vague"`, `"field":"goal","code":"leading","found":"Prove that"`, `"field":"questions[0]","code":"double"`},
			forbid: []string{"questions[1]"}},
		apiCase{name: "nothing yet", as: "ada", method: "POST", path: "/api/v1/sessions/checks", body: `{}`, status: 200, want: []string{`"remarks":[]`}},
		apiCase{name: "by rules", as: "ada's key", method: "POST", path: "/api/v1/sessions/suggestion", body: `{"part":"goal","topic":"Quiet rooms"}`,
			status: 200, want: []string{`"made_by":"rules"`, "Quiet rooms"}},
		apiCase{name: "from nothing", as: "ada", method: "POST", path: "/api/v1/sessions/suggestion", body: `{"part":"goal"}`, status: 422,
			want: []string{"nothing to make a suggestion from"}},
		apiCase{name: "another part", as: "ada", method: "POST", path: "/api/v1/sessions/suggestion", body: `{"part":"poem","topic":"t"}`, status: 400},
	)
}

func TestASuggestionOfAModelNamesItsMaker(t *testing.T) {
	d, fake := planningDesk(t)
	fake.Script(ollamatest.JSON(map[string]string{"text": "Learn what people need when they look for quiet."}))
	d.run(apiCase{as: "ada", method: "POST", path: "/api/v1/sessions/suggestion", body: `{"part":"goal","topic":"Quiet rooms"}`, status: 200,
		want: []string{`"made_by":"planner:4b"`, `"prompt_version":"suggest-1"`, "look for quiet"}})
}
