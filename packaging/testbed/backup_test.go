package testbed_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Where the backups of the box go: not where a purge looks for data.
const (
	backups    = "/var/backups/harmonium"
	olderCopy  = "/var/backups/older-copy"
	passphrase = "/root/passphrase"
)

// backup makes one by the plan, through the timer's unit, which sees the data through the control socket only, and one by
// hand; then deletes a session that both hold.
func (b *box) backup(t *testing.T) {
	b.write(t, passphrase, "four words that differ\n")
	b.gone = b.session(t, "Plantedsession")
	b.do(t, "harmonium", "backup", "plan", "on", "--passphrase-file", passphrase)
	b.do(t, "systemctl", "start", "harmonium-backup.service")
	out := b.do(t, "harmonium", "backup", "verify", backups, "--passphrase-file", passphrase)
	if !strings.Contains(out, "The backup is whole") {
		t.Errorf("of the plan: %s", out)
	}
	// A journal from before the backup by hand, as an older copy of the stick has it; the backup comes beside it.
	b.do(t, "mkdir", olderCopy)
	b.do(t, "sh", "-c", "cp "+backups+"/deletions-*.jsonl "+olderCopy)
	began := time.Now()
	b.file = path.Join(backups, "by-hand.age")
	b.do(t, "harmonium", "backup", "create", "--passphrase-file", passphrase, b.file)
	b.note("a backup by hand took %.1f s with its check", time.Since(began).Seconds())
	b.do(t, "cp", b.file, olderCopy)
	b.told = b.tell(t)
	if found, _ := b.Run(b.ctx, "grep", "--recursive", "--files-with-matches", "Plantedsession", backups); found != "" {
		t.Errorf("the backups can be read: %s", found)
	}
	b.must(t, "DELETE", "/sessions/"+b.gone, map[string]any{"topic": "Plantedsession"}, nil)
	b.do(t, "systemctl", "start", "harmonium-backup.service") // none is due; the journal of deletions is brought up to date
	if n := strings.Count(b.do(t, "ls", path.Join(backups, "snapshots")), ".json"); n != 1 {
		t.Errorf("%d backups are in the directory, one was due", n)
	}
}

// tell gives the results of the first interview as the interface tells them: report, summary, themes, and what was said.
func (b *box) tell(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, part := range []string{"report", "summary", "themes", "responses"} {
		var told json.RawMessage
		b.must(t, "GET", "/sessions/"+b.held+"/"+part, nil, &told)
		all.Write(append(told, '\n'))
	}
	return all.String()
}

// restore brings the box back after everything was purged.
func (b *box) restore(t *testing.T) {
	if b.file == "" {
		notChecked(t, "there was no backup")
	}
	b.do(t, "apt-get", "install", "--yes", "--no-install-recommends", "/media/stick/next.deb")
	// Its phones do not trust the empty box, which has made an authority of its own; the backup brings back the earlier one.
	waitFor(t, "the empty box answers its commands", 30*time.Second, func() bool {
		_, err := b.Run(b.ctx, "test", "-S", "/run/harmonium/control.sock")
		return err == nil
	})
	asked, err := b.Run(b.ctx, "harmonium", "restore", path.Join(olderCopy, path.Base(b.file)), "--passphrase-file", passphrase)
	if said := fmt.Sprint(asked, err); err == nil || !strings.Contains(said, "No journal of deletions was found that is newer") ||
		!strings.Contains(said, "Nothing was changed") {
		t.Errorf("with the journal of another date: %s", said)
	}
	began := time.Now()
	b.do(t, "harmonium", "restore", b.file, "--passphrase-file", passphrase)
	b.stillThere(t)
	if told := b.tell(t); told != b.told {
		t.Errorf("other results than before:\n%s\nbefore:\n%s", told, b.told)
	}
	b.note("an empty box was restored in %.1f s", time.Since(began).Seconds())
	status, _ := b.call("GET", "/api/v1/sessions/"+b.gone, b.key, nil, nil)
	if status != http.StatusNotFound {
		t.Errorf("the deleted session answers %d", status)
	}
	if _, err := b.call("POST", "/api/v1/login", "", map[string]any{"email": "owner@example.org", "password": "eleven quiet rivers"}, nil); err != nil {
		t.Errorf("the log-in of before: %v", err)
	}
	left := b.do(t, "find", "/var/lib/harmonium", "-maxdepth", "1", "-name", "before-restore-*")
	if !regexp.MustCompile(`before-restore-\d{8}T\d{6}Z`).MatchString(left) {
		t.Errorf("the state before is not kept: %q", left)
	}
	b.do(t, "env", "HARMONIUM_PURGE_DATA=yes", "apt-get", "purge", "--yes", "harmonium")
}
