package models

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"harmonium/appliance"
)

// State is what became of an import or a check.
type State string

// The states.
const (
	Copying     State = "copying"
	Checking    State = "checking"    // what is there is read and compared with its checksum
	Done        State = "done"        // all of it is there
	Failed      State = "failed"      // Message says why; it can go on
	Interrupted State = "interrupted" // its process is gone; it can go on
)

// Progress is how far an import is.
type Progress struct {
	State   State     `json:"state"`
	Model   string    `json:"model"` // that is copied just now
	Done    int64     `json:"done"`  // bytes, of all models
	Total   int64     `json:"total"`
	Rate    int64     `json:"rate"`    // bytes a second; 0 while not known
	Left    int       `json:"left"`    // seconds; 0 while not known
	Message string    `json:"message"` // what happened, for Failed
	Started time.Time `json:"started"`
	Updated time.Time `json:"updated"`
}

// Running says whether somebody is at it.
func (p Progress) Running() bool { return p.State == Copying || p.State == Checking }

// stateFile holds the progress of the import that was the last to say something.
func (f *Folder) stateFile() string { return filepath.Join(f.importing(), "state.json") }

// Progress tells of the import that runs, whichever process it is of, or of the last one; false where there was none.
func (f *Folder) Progress() (Progress, bool) {
	raw, err := readFile(f.stateFile())
	if err != nil {
		return Progress{}, false
	}
	var p Progress
	if err := json.Unmarshal(raw, &p); err != nil {
		return Progress{}, false
	}
	if p.Running() && !f.locked() {
		p.State = Interrupted
	}
	return p, true
}

// locked says whether a process is changing the folder.
func (f *Folder) locked() bool {
	file, err := os.Open(f.lockFile())
	if err != nil {
		return false
	}
	defer file.Close()
	return errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// teller counts what an import has done, and tells of it.
type teller struct {
	folder *Folder
	clock  appliance.Clock
	report func(Progress)
	now    Progress
	fresh  int64     // bytes that this import has copied by itself
	since  time.Time // when it began to copy
}

// tellEvery is how often the file with the progress is written.
const tellEvery = time.Second

func newTeller(f *Folder, clock appliance.Clock, report func(Progress), total int64) *teller {
	if report == nil {
		report = func(Progress) {}
	}
	at := clock()
	return &teller{folder: f, clock: clock, report: report, now: Progress{State: Copying, Total: total, Started: at}, since: at}
}

// begin counts what an earlier import has left of a file.
func (t *teller) begin(kept int64) {
	t.now.State = Copying
	t.now.Done += kept
	t.tell(true)
}

func (t *teller) checked() {
	t.now.State = Checking
	t.tell(false)
}

func (t *teller) copied(n int64) {
	t.now.Done += n
	t.fresh += n
	if took := t.clock().Sub(t.since); took > 0 {
		t.now.Rate = int64(float64(t.fresh) / took.Seconds())
	}
	if t.now.Rate > 0 {
		t.now.Left = int(max(0, t.now.Total-t.now.Done)/t.now.Rate) + 1
	}
	t.tell(false)
}

// end tells how the import ended.
func (t *teller) end(err error) {
	t.now.State, t.now.Left = Done, 0
	if err != nil {
		t.now.State, t.now.Message = Failed, "The import ended early. Give the same command again: it goes on where it stopped."
		var e *appliance.Error
		if errors.As(err, &e) {
			t.now.Message = e.Message
		}
	}
	t.tell(true)
}

// tell reports the progress, and writes it down when that was not done lately. That it cannot be written down stops
// nothing.
func (t *teller) tell(now bool) {
	at := t.clock()
	write := now || at.Sub(t.now.Updated) >= tellEvery || at.Before(t.now.Updated)
	if write {
		t.now.Updated = at
	}
	t.report(t.now)
	if raw, err := json.Marshal(t.now); err == nil && write {
		tmp := t.folder.stateFile() + ".new"
		if f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644); err == nil {
			t.folder.own(f)
			_, err = f.Write(raw)
			if f.Close() == nil && err == nil {
				os.Rename(tmp, t.folder.stateFile())
			}
		}
	}
}
