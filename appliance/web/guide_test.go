package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

func TestAGuideIsEditedInVersions(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`,"draft":true}`)
	path := sessionPath(s, "/guide")
	var first, second, restored web.GuideVersion
	d.get("ada", "GET", path, nil, 200, &first)

	edited := first.Guide
	edited.Topics = append([]web.Topic{{Title: "New", Question: "What is new?", Probes: []string{}, Minutes: 1}}, edited.Topics[1:]...)
	d.get("ada", "PUT", path, web.GuideRequest{Guide: edited, BaseVersion: 1, Reason: "shorter"}, 200, &second)
	if second.Version != 2 || second.MadeBy != "hand" || second.Reason != "shorter" || *second.AuthorName != "ada" || second.Guide.Topics[0].ID == "" {
		t.Errorf("second version %+v", second)
	}
	edited.Topics[0].ID = second.Guide.Topics[0].ID
	if diff := cmp.Diff(edited, second.Guide); diff != "" {
		t.Errorf("saved is another than was sent:\n%s", diff)
	}
	var again, old web.GuideVersion
	d.get("ada", "GET", path, nil, 200, &again)
	d.get("ada", "GET", path+"/versions/1", nil, 200, &old)
	if cmp.Diff(second, again) != "" || cmp.Diff(first, old) != "" {
		t.Errorf("in use:\n%s\nfirst:\n%s", cmp.Diff(second, again), cmp.Diff(first, old))
	}
	d.run(apiCase{name: "over version 2 from version 1", as: "ada", method: "PUT", path: path,
		body: web.GuideRequest{Guide: edited, BaseVersion: 1}, status: 409, want: []string{"version 2", "Nothing was overwritten"}})
	d.clock.Advance(time.Minute)
	d.get("olga", "POST", path+"/versions/1/restore", nil, 200, &restored)
	if restored.Version != 3 || restored.Reason != "restored version 1" || *restored.AuthorName != "olga" || cmp.Diff(first.Guide, restored.Guide) != "" {
		t.Errorf("restored %+v", restored)
	}
	var versions web.Data[web.GuideVersionItem]
	d.get("ada", "GET", path+"/versions", nil, 200, &versions)
	if len(versions.Data) != 3 || versions.Data[0].Version != 3 || versions.Data[2].Topics != len(first.Guide.Topics) || versions.Data[1].MadeBy != "hand" {
		t.Errorf("versions %+v", versions.Data)
	}
	d.run(
		apiCase{as: "ada", method: "GET", path: path + "/versions/9", status: 404},
		apiCase{as: "ada", method: "GET", path: path + "/versions/0", status: 400},
		apiCase{as: "ada", method: "GET", path: path + "/versions/x", status: 400},
		apiCase{as: "ada", method: "POST", path: path + "/versions/9/restore", status: 404},
	)
}

func TestAGuideDriftsFromItsBriefUntilItIsDraftedAnew(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`,"draft":true}`)
	d.run(
		apiCase{as: "ada", method: "PATCH", path: sessionPath(s, ""), body: `{"host":"The ward"}`, status: 200, want: []string{`"guide_drift":false`}},
		apiCase{as: "ada", method: "PATCH", path: sessionPath(s, ""), body: `{"critical":"parking"}`, status: 200,
			want: []string{`"guide_drift":true`, `"guide_version":1`}},
		apiCase{as: "ada", method: "GET", path: sessionPath(s, "/guide"), status: 200, want: []string{"handover at night"}, forbid: []string{"parking"}},
		apiCase{as: "ada", method: "POST", path: sessionPath(s, "/guide/draft"), status: 200,
			want: []string{`"version":2`, `"made_by":"rules"`, "parking", `"critical":"parking"`}},
		apiCase{as: "ada", method: "GET", path: sessionPath(s, ""), status: 200, want: []string{`"guide_drift":false`, `"guide_version":2`}},
		apiCase{as: "eve", method: "POST", path: sessionPath(s, "/guide/draft"), status: 404},
	)
}

func TestWhatIsNoGuideIsRefusedAtItsField(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	const topic = `{"id":"","title":"T","aim":"","question":"Q?","probes":[],"follow_ups":1,"minutes":2}`
	put := func(name, topics, field string) apiCase {
		return apiCase{name: name, as: "ada", method: "PUT", path: sessionPath(s, "/guide"), status: 400,
			body: `{"guide":{"opening":"O","topics":[` + topics + `],"closing":"C"},"base_version":1}`, want: []string{`"field":"` + field + `"`}}
	}
	with := func(old, new string) string { return strings.Replace(topic, old, new, 1) }
	d.run(
		put("no topics", ``, "guide.topics"),
		put("21 topics", strings.Repeat(topic+",", 20)+topic, "guide.topics"),
		put("no title", with(`"T"`, `" "`), "guide.topics[0].title"),
		put("long title", topic+","+with(`"T"`, `"`+strings.Repeat("x", 121)+`"`), "guide.topics[1].title"),
		put("no question", with(`"Q?"`, `""`), "guide.topics[0].question"),
		put("long question", with(`"Q?"`, `"`+strings.Repeat("x", 501)+`"`), "guide.topics[0].question"),
		put("long aim", with(`"aim":""`, `"aim":"`+strings.Repeat("x", 501)+`"`), "guide.topics[0].aim"),
		put("blank probe", with(`[]`, `["a",""]`), "guide.topics[0].probes[1]"),
		put("nine probes", with(`[]`, `["1","2","3","4","5","6","7","8","9"]`), "guide.topics[0].probes"),
		put("six follow-ups", with(`"follow_ups":1`, `"follow_ups":6`), "guide.topics[0].follow_ups"),
		put("no minutes", with(`"minutes":2`, `"minutes":0`), "guide.topics[0].minutes"),
		put("minutes as text", with(`"minutes":2`, `"minutes":"2"`), "guide.topics[0].minutes"),
		put("unknown field", with(`"T"`, `"T","colour":"red"`), "guide.topics[0].colour"),
		put("the same id twice", with(`"id":""`, `"id":"a"`)+","+with(`"id":""`, `"id":"a"`), "guide.topics[1].id"),
		put("an id with a space", with(`"id":""`, `"id":"a b"`), "guide.topics[0].id"),
		put("control character", with(`"Q?"`, `"Q\u0000?"`), "guide.topics[0].question"),
		apiCase{name: "no base", as: "ada", method: "PUT", path: sessionPath(s, "/guide"), status: 400,
			body: `{"guide":{"opening":"O","topics":[` + topic + `],"closing":"C"}}`, want: []string{`"field":"base_version"`}},
		apiCase{name: "blank opening", as: "ada", method: "PUT", path: sessionPath(s, "/guide"), status: 400,
			body: `{"guide":{"opening":" ","topics":[` + topic + `],"closing":"C"},"base_version":1}`, want: []string{`"field":"guide.opening"`}},
		apiCase{name: "a reason of two lines", as: "ada", method: "PUT", path: sessionPath(s, "/guide"), status: 400,
			body: `{"guide":{"opening":"O","topics":[` + topic + `],"closing":"C"},"base_version":1,"reason":"a\nb"}`, want: []string{`"field":"reason"`}},
		apiCase{as: "ada", method: "GET", path: sessionPath(s, "/guide"), status: 200, want: []string{`"version":1`}},
	)
}

func TestAFormIsSavedAsAWhole(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	path := sessionPath(s, "/form")
	var first, second web.Data[web.FormField]
	types := []string{"Short field", "Long field", "Email", "Options", "Multiple", "Rating", "Number", "Date", "Consent"}
	var fields []string
	for _, kind := range types {
		field := `{"type":"` + kind + `","text":"Question of type ` + kind + `"`
		if kind == "Options" || kind == "Multiple" {
			field += `,"options":["a","b"]`
		}
		fields = append(fields, field+`,"required":true}`)
	}
	d.get("ada", "PUT", path, `{"fields":[`+strings.Join(fields, ",")+`]}`, 200, &first)
	if len(first.Data) != len(types) || len(types) != len(appliance.FieldTypes()) {
		t.Fatalf("%d questions, want one of each of the %d types", len(first.Data), len(appliance.FieldTypes()))
	}
	for i, f := range first.Data {
		if string(f.Type) != types[i] || f.ID == "" || !f.Required {
			t.Errorf("question %d is %+v", i, f)
		}
	}
	d.get("ada", "PUT", path, `{"fields":[{"id":"`+string(first.Data[2].ID)+`","type":"Email","text":"E-mail?"},{"id":"fld_unknown","type":"Date","text":"When?"}]}`, 200, &second)
	if len(second.Data) != 2 || second.Data[0].ID != first.Data[2].ID || second.Data[1].ID == "fld_unknown" {
		t.Errorf("second %+v", second.Data)
	}
	bad := func(name, field, at string) apiCase {
		return apiCase{name: name, as: "ada", method: "PUT", path: path, body: `{"fields":[` + field + `]}`, status: 400, want: []string{`"field":"` + at + `"`}}
	}
	d.run(
		bad("no text", `{"type":"Date","text":""}`, "fields[0].text"),
		bad("long text", `{"type":"Date","text":"`+strings.Repeat("x", 301)+`"}`, "fields[0].text"),
		bad("two lines", `{"type":"Date","text":"a\nb"}`, "fields[0].text"),
		bad("no type", `{"text":"a"}`, "fields[0].type"),
		bad("unknown type", `{"type":"Slider","text":"a"}`, "fields[0].type"),
		bad("options where none belong", `{"type":"Date","text":"a","options":["x","y"]}`, "fields[0].options"),
		bad("no options", `{"type":"Options","text":"a"}`, "fields[0].options"),
		bad("blank option", `{"type":"Options","text":"a","options":["x"," "]}`, "fields[0].options[1]"),
		bad("long option", `{"type":"Options","text":"a","options":["x","`+strings.Repeat("y", 201)+`"]}`, "fields[0].options[1]"),
		bad("unknown field", `{"type":"Date","text":"a","hint":"b"}`, "fields[0].hint"),
		apiCase{as: "ada", method: "PUT", path: path, body: `{}`, status: 400, want: []string{`"field":"fields"`}},
		apiCase{as: "eve", method: "PUT", path: path, body: `{"fields":[]}`, status: 404},
		apiCase{as: "ada", method: "GET", path: path, status: 200, want: []string{"E-mail?", "When?"}},
		apiCase{as: "ada", method: "PUT", path: path, body: `{"fields":[]}`, status: 200, want: []string{`{"data":[]}`}},
	)
}
