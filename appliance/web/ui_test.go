package web_test

import (
	"bytes"
	"compress/gzip"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"harmonium/appliance/web"
)

func TestScriptsThatAreOnlyPackedAreReadByEveryClient(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("let a = 1;")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	const file = "host/assets/host/start-abc.js"
	d := newDesk(t, func(d *web.Deps) {
		d.UI = fstest.MapFS{file + ".gz": {Data: packed.Bytes()}}
	})
	for accepted, want := range map[string][2]string{
		"": {"", "let a = 1;"}, "gzip": {"gzip", packed.String()}, "gzip, deflate, br": {"gzip", packed.String()},
	} {
		r := httptest.NewRequest("GET", "http://localhost:8080/assets/host/start-abc.js", nil)
		r.Header.Set("Accept-Encoding", accepted)
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		if got := [2]string{w.Header().Get("Content-Encoding"), w.Body.String()}; w.Code != 200 || got != want {
			t.Errorf("to a client that reads %q came %d, %q, %d bytes", accepted, w.Code, got[0], len(got[1]))
		}
	}
}

func TestTheGuideIsInTheFirstLanguageOfTheBrowserThatThereIs(t *testing.T) {
	page := &fstest.MapFile{Data: []byte("packed")}
	d := newDesk(t, func(d *web.Deps) {
		d.UI = fstest.MapFS{"help/en/participant.html.gz": page, "help/de/participant.html.gz": page, "help/de/host.html.gz": page}
	})
	for _, c := range []struct{ path, languages, want string }{
		{"/help", "de-AT,en;q=0.8", "/help/de/participant"},
		{"/help/", "xx, ../../etc;q=0.9, DE;q=0.1", "/help/de/participant"},
		{"/help/xx/host", "", "/help/en/participant"},
		{"/help/de/host", "en", ""},
	} {
		r := httptest.NewRequest("GET", "http://localhost:8080"+c.path, nil)
		r.Header.Set("Accept-Language", c.languages)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		want := 302
		if c.want == "" {
			want = 200
		}
		if got := w.Header().Get("Location"); w.Code != want || got != c.want {
			t.Errorf("%s in %q gives %d, %q", c.path, c.languages, w.Code, got)
		}
	}
}
