package web_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"harmonium/appliance"
	"harmonium/appliance/mcp"
	"harmonium/appliance/web"
)

// operationDoc is what the tests ask of the description of an operation.
type operationDoc struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name   string
		In     string
		Schema struct{ Enum []string }
	}
	Responses map[string]any
}

// operations gives the operations of the interface as they are described, by method and path.
func (d *desk) operations() (list map[string]operationDoc) {
	d.t.Helper()
	var doc struct {
		Paths map[string]map[string]operationDoc
	}
	d.get("", "GET", "/api/v1/openapi.json", nil, 200, &doc)
	list = map[string]operationDoc{}
	for path, methods := range doc.Paths {
		for method, operation := range methods {
			list[strings.ToUpper(method)+" "+path] = operation
		}
	}
	return list
}

// createsAnew are the operations that answer 201 and take no Idempotency-Key.
var createsAnew = map[string]string{
	"startFactor":  "a secret that is being set up is shown once, and the next takes its place",
	"linkPassword": "the secret of a link is shown once, and the next takes its place",
	"postTurn":     "it has a key of its own in the body, which it cannot leave out",
}

// alsoCreates are those that answer with what the thing belongs to, or with what it has become.
var alsoCreates = []string{"placeHold", "sendMeeting"}

func TestWhateverCreatesTakesAnIdempotencyKey(t *testing.T) {
	d := newDesk(t)
	for address, o := range d.operations() {
		if !strings.HasPrefix(address, "POST ") || o.Responses["201"] == nil && !slices.Contains(alsoCreates, o.ID) {
			continue
		}
		takes := false
		for _, p := range o.Parameters {
			takes = takes || p.In == "header" && p.Name == "Idempotency-Key"
		}
		if why := createsAnew[o.ID]; takes == (why != "") {
			t.Errorf("%s (%s) takes the header: %v; reason not to: %q", address, o.ID, takes, why)
		}
	}
}

func TestHoldsAndFilesAreMadeOnceForOneKey(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	const key = "Idempotency-Key: one"
	var kept web.Retention
	for range 2 {
		d.get("olga", "POST", "/api/v1/holds", `{"kind":"box","reason":"Works council"}`, 200, &kept, key)
	}
	if len(kept.Holds) != 1 {
		t.Errorf("there are %d holds", len(kept.Holds))
	}
	var m, same web.MeetingDetail
	const file = "/api/v1/meetings/file?title=Council"
	d.get("olga", "POST", file, spokenFile(1), 200, &m, bytesType, key)
	d.get("olga", "POST", file, spokenFile(1), 200, &same, bytesType, key)
	if m.ID == "" || same.ID != m.ID {
		t.Errorf("there are the meetings %q and %q", m.ID, same.ID)
	}
	d.run(
		apiCase{name: "the key for another hold", as: "olga", method: "POST", path: "/api/v1/holds", body: `{"kind":"box","reason":"Court"}`, header: []string{key}, status: 409},
		apiCase{name: "for another file", as: "olga", method: "POST", path: file + "s", body: spokenFile(1), header: []string{bytesType, key}, status: 409},
		apiCase{name: "a file that was refused", as: "olga", method: "POST", path: file, body: "no sound", header: []string{bytesType, "Idempotency-Key: two"}, status: 422},
		apiCase{name: "is not remembered", as: "olga", method: "POST", path: file, body: spokenFile(1), header: []string{bytesType, "Idempotency-Key: two"}, status: 200},
	)
}

// A tool that lets choose among words lets choose among all that its operation knows.
func TestAToolOffersWhatItsOperationOffers(t *testing.T) {
	d, address, _ := served(t)
	operations := map[string]operationDoc{} // by the name of the tool
	for _, o := range d.operations() {
		for _, tool := range mcp.Tools() {
			if tool.Operation == o.ID {
				operations[tool.Name] = o
			}
		}
	}
	c, err := overHTTP(t, address, d.as["all"])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	list, err := c.ListTools(t.Context(), &sdk.ListToolsParams{})
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, tool := range list.Tools {
		var schema struct {
			Properties map[string]struct{ Enum []string }
		}
		raw, err := json.Marshal(tool.InputSchema)
		if err == nil {
			err = json.Unmarshal(raw, &schema)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range operations[tool.Name].Parameters {
			if offered := schema.Properties[p.Name].Enum; len(offered) > 0 && len(p.Schema.Enum) > 0 {
				compared++
				slices.Sort(offered)
				slices.Sort(p.Schema.Enum)
				if !slices.Equal(offered, p.Schema.Enum) {
					t.Errorf("%s offers %q for %s, the interface knows %q", tool.Name, offered, p.Name, p.Schema.Enum)
				}
			}
		}
	}
	if compared < 2 {
		t.Errorf("%d arguments were compared", compared)
	}
}
