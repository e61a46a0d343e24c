package main_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheSourceOfTheProgramIsServedToEverybody(t *testing.T) {
	ask := func(s *serving) (int, string, http.Header) {
		res, err := http.Get(s.url + "/source")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body), res.Header
	}
	without := serve(t, t.TempDir(), "--ollama", "none")
	if status, body, _ := ask(without); status != http.StatusNotFound || !strings.Contains(body, "make build") {
		t.Errorf("without an archive: %d %s", status, body)
	}
	archive := filepath.Join(filepath.Dir(program(t)), "source.tar.xz")
	if err := os.WriteFile(archive, []byte("the archive"), 0o644); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(archive)
	with := serve(t, t.TempDir(), "--ollama", "none")
	status, body, head := ask(with)
	if status != http.StatusOK || body != "the archive" || head.Get("Content-Type") != "application/x-xz" ||
		head.Get("Content-Disposition") != `attachment; filename="harmonium-v0-test.tar.xz"` {
		t.Errorf("%d %q %v", status, body, head)
	}
}
