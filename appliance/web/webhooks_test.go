package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
	"harmonium/appliance/webhook"
)

func TestAWebhookIsMadeTestedPausedAndDeleted(t *testing.T) {
	told := 0
	listener := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told++ }))
	defer listener.Close()
	d := hostDesk(t, func(deps *web.Deps) {
		deps.Webhooks = webhook.New(webhook.Options{Store: deps.Store, Client: egress.New(egress.Options{}).Client(), Clock: deps.Clock, Log: deps.Log,
			Allowed: func() []netip.AddrPort {
				return []netip.AddrPort{netip.MustParseAddrPort(strings.TrimPrefix(listener.URL, "http://"))}
			}})
	})
	var made, again web.NewWebhook
	for _, answer := range []*web.NewWebhook{&made, &again} {
		d.get("olga", "POST", "/api/v1/webhooks", `{"url":"`+listener.URL+`/x","events":["session.opened","report.ready"]}`, 201, answer, "Idempotency-Key: one")
	}
	if made.ID == "" || again.ID != made.ID || again.Secret != made.Secret {
		t.Errorf("for one key there are the webhooks %q and %q", made.ID, again.ID)
	}
	if !strings.HasPrefix(made.Secret, "whs_") || !made.Enabled {
		t.Errorf("%+v", made)
	}
	path := "/api/v1/webhooks/" + string(made.ID)
	var delivery web.Delivery
	d.get("olga", "POST", path+"/test", nil, 200, &delivery)
	if delivery.State != appliance.DeliveryDelivered || told != 1 {
		t.Errorf("%+v, told %d times", delivery, told)
	}
	d.session("ada's key", `{`+wards+`}`)
	var log web.List[web.Delivery]
	d.get("olga", "GET", path+"/deliveries", nil, 200, &log)
	if log.Pagination.Total != 2 {
		t.Errorf("%+v", log)
	}
	d.run(
		apiCase{as: "olga", method: "GET", path: "/api/v1/webhooks", status: 200, want: []string{listener.URL}, forbid: []string{made.Secret, "secret"}},
		apiCase{as: "olga", method: "GET", path: path + "/deliveries", status: 200, forbid: []string{"wards", made.Secret}},
		apiCase{as: "olga", method: "PATCH", path: path, body: `{"enabled":false}`, status: 200, want: []string{`"enabled":false`}},
		apiCase{as: "olga", method: "PATCH", path: path, body: `{"events":["all"]}`, status: 400, want: []string{"events"}},
		apiCase{as: "olga", method: "POST", path: "/api/v1/webhooks", body: `{"url":"http://192.168.1.20/","events":["report.ready"]}`, status: 400, want: []string{"harmonium out add"}},
		apiCase{as: "olga", method: "POST", path: "/api/v1/webhooks", body: `{"url":"http://example.org/","events":["report.ready"]}`, status: 400, want: []string{"by number"}},
		apiCase{as: "olga", method: "POST", path: "/api/v1/webhooks", body: `{"url":"` + listener.URL + `","events":["turn.created"]}`, status: 400, want: []string{"events"}},
		apiCase{as: "olga", method: "POST", path: "/api/v1/webhooks/whk_none/test", status: 404},
		apiCase{as: "olga", method: "DELETE", path: path, status: 204},
		apiCase{as: "olga", method: "DELETE", path: path, status: 404},
	)
	trail, _, err := d.store.Audit(t.Context(), store.AuditFilter{Action: "webhook", Page: store.Page{Limit: 10}})
	if err != nil || len(trail) != 4 || trail[3].Action != "webhook.create" || trail[0].Action != "webhook.delete" {
		t.Errorf("%+v, %v", trail, err)
	}
}
