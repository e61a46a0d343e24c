package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// keptLines is how many lines of the log a support bundle has at most.
const keptLines = 500

// logKeeper hands lines of the log on and keeps of the newest what cannot hold content: the message, which is written in
// the source (a test holds the source to that), numbers, and words under the keys of saidByProgram. Errors and all other
// texts are left out, so that no path, name or address is among them.
type logKeeper struct {
	slog.Handler
	kept *keptLog
	with []slog.Attr
}

type keptLog struct {
	mu    sync.Mutex
	lines []keptLine
}

// keptLine is a line of the log as it is kept.
type keptLine struct {
	Time    time.Time      `json:"time"`
	Level   string         `json:"level"`
	Message string         `json:"msg"`
	Values  map[string]any `json:"values,omitempty"`
}

// saidByProgram are the keys whose texts are words of this program.
var saidByProgram = []string{"status", "why", "code", "command", "method", "route", "kind", "version", "job"}

func newLogKeeper(h slog.Handler) *logKeeper { return &logKeeper{Handler: h, kept: &keptLog{}} }

// Handle implements slog.Handler.
func (k *logKeeper) Handle(ctx context.Context, r slog.Record) error {
	line := keptLine{Time: r.Time, Level: r.Level.String(), Message: r.Message, Values: map[string]any{}}
	keep := func(a slog.Attr) bool {
		switch v := a.Value.Resolve(); v.Kind() {
		case slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindBool, slog.KindDuration:
			line.Values[a.Key] = v.Any()
		case slog.KindString:
			if slices.Contains(saidByProgram, a.Key) {
				line.Values[a.Key] = v.String()
			}
		}
		return true
	}
	for _, a := range k.with {
		keep(a)
	}
	r.Attrs(keep)
	k.kept.mu.Lock()
	if len(k.kept.lines) >= keptLines {
		k.kept.lines = slices.Delete(k.kept.lines, 0, len(k.kept.lines)-keptLines+1)
	}
	k.kept.lines = append(k.kept.lines, line)
	k.kept.mu.Unlock()
	return k.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (k *logKeeper) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logKeeper{Handler: k.Handler.WithAttrs(attrs), kept: k.kept, with: append(slices.Clip(k.with), attrs...)}
}

// WithGroup implements slog.Handler.
func (k *logKeeper) WithGroup(name string) slog.Handler {
	return &logKeeper{Handler: k.Handler.WithGroup(name), kept: k.kept, with: k.with}
}

// text gives what is kept, a line of JSON each.
func (k *keptLog) text() ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []byte
	for _, l := range k.lines {
		line, err := json.Marshal(l)
		if err != nil {
			return nil, err
		}
		out = append(append(out, line...), '\n')
	}
	return out, nil
}
