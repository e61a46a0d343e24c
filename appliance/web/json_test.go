package web_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"harmonium/appliance/web"
)

// encoding/json would put a replacement character there, and nobody would know that something is lost.
func TestHalfOfACharacterIsRefusedAtItsField(t *testing.T) {
	d := hostDesk(t)
	const half = "This holds half of a character"
	session := func(topic, rest string) string { return `{"topic":"` + topic + `","goal":"g"` + rest + `}` }
	for _, c := range []struct{ body, want string }{
		{session(`a\ud800`, ``), `"field":"topic"`},
		{session(`\udc00\ud800`, ``), `"field":"topic"`},
		{session(`\uD83D\uD83D\uDE00`, ``), `"field":"topic"`},
		{session(`t`, `,"questions":[{"text":"q","type":"Short field"},{"type":"Options","text":"o","options":["a","\ud83d"]}]`),
			`"field":"questions[1].options[1]"`},
		{session(`t`, `,"a\udc00":1`), `"message":"` + half},
	} {
		d.run(apiCase{name: c.body, as: "olga", method: "POST", path: "/api/v1/sessions", body: c.body, status: 400,
			want: []string{half, c.want}})
	}
	d.run(apiCase{name: "whole characters and escaped backslashes", as: "olga", method: "POST", path: "/api/v1/sessions",
		body: session(`\ud83d\ude00 \\ud800 \u00e4`, `,"draft":true`), status: 201,
		want: []string{`😀 \\ud800 ä`}})
}

// Numbers that no type of ours can hold.
func TestNumbersThatAreTooLargeAreToldSoAtTheirField(t *testing.T) {
	d := hostDesk(t)
	s := d.session("olga", `{`+wards+`}`)
	guide := func(minutes, version string) string {
		return `{"base_version":` + version + `,"guide":{"opening":"o","closing":"c","topics":[{"id":"a","title":"t","aim":"a",` +
			`"question":"q","probes":[],"follow_ups":1,"minutes":` + minutes + `}]}}`
	}
	for body, field := range map[string]string{
		guide("1e400", "1"):                  "guide.topics[0].minutes",
		guide("1", "1e400"):                  "base_version",
		guide("1", "1e30"):                   "base_version",
		guide("1", "99999999999999999999"):   "base_version",
		guide("1", "-9223372036854775809.0"): "base_version",
	} {
		d.run(apiCase{name: body, as: "olga", method: "PUT", path: sessionPath(s, "/guide"), body: body, status: 400,
			want: []string{`"field":"` + field + `"`}, forbid: []string{"unmarshal", "float64", "Go ", "int", `\u0000`}})
	}
}

// Which of two fields counts differs from reader to reader: what one checks, another may not be doing.
func TestAFieldThatIsThereTwiceIsRefused(t *testing.T) {
	d := hostDesk(t)
	s := d.session("olga", `{`+wards+`}`)
	const twice = "This field is there twice."
	for _, c := range []struct{ method, path, body, field string }{
		{"POST", "/api/v1/sessions", `{"topic":"t","goal":"g","topic":"u"}`, "topic"},
		{"POST", "/api/v1/sessions", `{"topic":"t","goal":"g","top\u0069c":"u"}`, "topic"},
		{"POST", "/api/v1/sessions", `{"topic":"t","goal":"g","questions":[{"text":"q","type":"Short field"},{"text":"q","type":"Short field","text":"r"}]}`,
			"questions[1].text"},
		{"PATCH", sessionPath(s, ""), `{"title":"a","title":"a"}`, "title"},
		{"PATCH", "/api/v1/me", `{"name":"a","name":null}`, "name"},
		{"POST", "/api/v1/api-keys", `{"name":"a","scopes":["sessions:read"],"scopes":["admin:*"]}`, "scopes"},
		{"POST", "/api/v1/projects", `{"title":"a","x\u0000y":1,"x\u0000y":2}`, `x` + "\ufffd" + `y`},
	} {
		d.run(apiCase{name: c.body, as: "olga", method: c.method, path: c.path, body: c.body, status: 400,
			want: []string{`"field":"` + c.field + `"`, twice}})
	}
	d.run(apiCase{name: "the same name in two objects", as: "olga", method: "POST", path: "/api/v1/sessions", status: 201,
		body: `{"topic":"t","goal":"g","draft":true,"questions":[{"text":"q","type":"Short field"},{"text":"q","type":"Short field"}]}`})
}

func TestWhatIsNestedTooDeeplyIsRefused(t *testing.T) {
	d := hostDesk(t)
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	const tooDeep = "nested too deeply"
	for name, c := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"as deep as possible":    {`{"topic":"t","goal":"g","questions":` + deep(63) + `}`, 400, "questions[0]"},
		"one more":               {`{"topic":"t","goal":"g","questions":` + deep(64) + `}`, 400, tooDeep},
		"as deep as fits":        {`{"topic":` + deep(100_000) + `}`, 400, ""},
		"objects":                {strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65), 400, tooDeep},
		"and never closed":       {strings.Repeat(`[`, 200_000), 400, ""},
		"beside what is shallow": {`{"topic":"t","goal":"g","questions":[[],` + deep(70) + `]}`, 400, `"field":"questions[1][0]`},
	} {
		d.run(apiCase{name: name, as: "olga", method: "POST", path: "/api/v1/sessions", body: c.body, status: c.status,
			want: []string{c.want}, forbid: []string{"max depth"}})
	}
}

// A whole number that other programs round, or that is not finite, is not taken for another one.
func TestNumbersThatAreNotKeptExactlyAreRefused(t *testing.T) {
	var v any
	for in, fits := range map[string]bool{
		`9007199254740991`: true, `-9007199254740991`: true, `9007199254740992`: false, `-9007199254740993`: false,
		`1e308`: true, `1e309`: false, `0.1`: true, `[1,{"a":18446744073709551616}]`: false,
		`0.` + strings.Repeat("3", 38): true, `0.` + strings.Repeat("3", 39): false, strings.Repeat("9", 5000): false,
	} {
		if err := web.UnmarshalJSON([]byte(in), &v); (err == nil) != fits {
			t.Errorf("%.60s: %v", in, err)
		}
	}
}

func FuzzWhatIsReadIsWhatWasSent(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, `["\\ud83d",1e400]`, `{"a":[{"b":"\udc00"}]}`, `"\u0000"`, `1e400`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		err := web.UnmarshalJSON(data, &v)
		if err == nil && !utf8.Valid(data) {
			t.Fatal("accepted what is no UTF-8")
		}
		if err != nil && (strings.Contains(err.Error(), "Go ") || !utf8.ValidString(err.Error())) {
			t.Fatalf("%q", err)
		}
		if err != nil {
			return
		}
		// A replacement character comes out only where one went in.
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		in := string(data)
		if strings.Contains(string(out), "\ufffd") && !strings.Contains(in, "\ufffd") && !strings.Contains(strings.ToLower(in), `\ufffd`) {
			t.Fatal("a character was replaced without a word")
		}
	})
}
