package server

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
)

// found makes a finding whose sentences have a code. What it is about stands before the dot of the code.
func found(level appliance.Level, code string, with values) appliance.Finding {
	s := sentences()[code]
	about, _, _ := strings.Cut(code, ".")
	return appliance.Finding{About: about, Level: level, Code: code, Values: with, Text: with.in(s.text), Todo: with.in(s.todo)}
}

// okay, warn and fail make findings that no page shows: those of the command when no server answers. They have no code.
func okay(about, text string) appliance.Finding {
	return appliance.Finding{About: about, Level: appliance.LevelOK, Text: text}
}

func warn(about, text, todo string) appliance.Finding {
	return appliance.Finding{About: about, Level: appliance.LevelWarn, Text: text, Todo: todo}
}

func fail(about, text, todo string) appliance.Finding {
	return appliance.Finding{About: about, Level: appliance.LevelFail, Text: text, Todo: todo}
}

// values are what sentences speak of, by the names that stand in braces there.
type values map[string]appliance.Value

// in fills in a sentence in English.
func (v values) in(sentence string) string {
	for name, value := range v {
		sentence = strings.ReplaceAll(sentence, "{"+name+"}", english(value))
	}
	return sentence
}

func text(s string) appliance.Value { return appliance.Value{Kind: appliance.ValueText, Value: s} }

func number[N int | int64 | float64](n N) appliance.Value {
	return appliance.Value{Kind: appliance.ValueNumber, Value: strconv.FormatFloat(float64(n), 'f', 0, 64)}
}

func sizeOf(bytes int64) appliance.Value {
	return appliance.Value{Kind: appliance.ValueBytes, Value: strconv.FormatInt(bytes, 10)}
}

func seconds(d time.Duration) appliance.Value {
	digits := 1
	if d < time.Second {
		digits = 2
	}
	return appliance.Value{Kind: appliance.ValueSeconds, Value: strconv.FormatFloat(d.Seconds(), 'f', digits, 64)}
}

func moment(t time.Time) appliance.Value {
	return appliance.Value{Kind: appliance.ValueTime, Value: t.UTC().Format(time.RFC3339)}
}

// english writes a value as the command shows it.
func english(v appliance.Value) string {
	switch v.Kind {
	case appliance.ValueBytes:
		n, _ := strconv.ParseInt(v.Value, 10, 64)
		return bytesText(n)
	case appliance.ValueSeconds:
		return v.Value + " s"
	case appliance.ValueTime:
		t, _ := time.Parse(time.RFC3339, v.Value)
		return t.Format("2006-01-02 15:04") + " (UTC)"
	}
	return v.Value
}

// bytesText writes a number of bytes for people.
func bytesText(n int64) string {
	switch {
	case n >= 10e9:
		return fmt.Sprintf("%d GB", n/1e9)
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	}
	return fmt.Sprintf("%d MB", n/1e6)
}

// sentence is what a code says in English: what was found, and what to do about it.
type sentence struct{ text, todo string }

// sentences gives those of all codes. The catalogues of the host app have the same under finding.CODE and
// finding.CODE.todo, in every language.
func sentences() map[string]sentence {
	const room = "Delete sessions that are no longer needed, or give the disk more room."
	const setClock = "Set the clock of the machine, and start the server again."
	all := map[string]sentence{
		"server.runs": {"The server {version} has been running since {since}.", ""},

		"data.good":      {"The data directory {path} can be written to, and only by its owner.", ""},
		"data.file":      {"{path} is not a directory.", "Name the data directory with --data."},
		"data.full":      {"The disk of the data directory {path} is full.", room},
		"data.read_only": {"The disk of the data directory {path} is read-only.", "Look at the log of the machine for errors of the disk, and mount it for writing."},
		"data.refused":   {"The data directory {path} cannot be written to.", "Make it writable for the account that runs harmonium."},
		"data.open":      {"Others on this machine may look into the data directory {path}.", "Run: chmod 700 {path}"},

		"disk.free":    {"{free} of the disk are free ({percent} %).", ""},
		"disk.low":     {"{free} of the disk are free ({percent} %).", room},
		"disk.unknown": {"How much room the disk has cannot be found out.", ""},

		"database.sound":      {"The database is sound.", ""},
		"database.checked":    {"The database is sound: checked at {at}.", ""},
		"database.failing":    {"The disk has reported errors. Nothing is accepted until the server has been started again.", "Start the server again, and look at the disk."},
		"database.unfinished": {"The check of the database was not finished in time.", "Try again when less is going on."},
		"database.damaged":    {"The database is damaged. Nothing was changed.", "Stop harmonium, keep a copy of the data directory {path} as it is, and restore the newest backup."},

		"clock.right": {"The clock says {now}.", ""},
		"clock.wrong": {"The clock says {now}, which cannot be.", setClock},
		"clock.back":  {"The clock says {now}, but the database was written at {written}: the clock was set back.", setClock},

		"address.local": {"The box answers at {address}, which only this machine can reach.", "For phones in the room start it with: --listen :8080"},
		"address.phone": {"Give out this address: {address}", ""},

		"models.guided":    {"Conversations are led by rules (guided mode), as it is set.", ""},
		"models.one":       {"{model} leads conversations and does the analysis, since {since}.", ""},
		"models.two":       {"{model} leads conversations, and {analyst} does the analysis, since {since}.", ""},
		"models.talks":     {"{model} leads conversations, and the analysis is done by rules, since {since}.", ""},
		"ollama.own":       {"Ollama {version} is the one that came with the box.", ""},
		"ollama.other":     {"Ollama {version} at {address} is not sealed by us: what it sends where is up to whoever runs it.", ""},
		"remote.offered":   {"Models that Ollama offers and that are computed on other machines: {count}. Harmonium never asks them.", "Remove them from Ollama."},
		"speed.unknown":    {"How fast {model} is shows with its first answer.", ""},
		"speed.first":      {"{model} says its first word after {first}.", ""},
		"speed.writes":     {"{model} says its first word after {first} and writes {write} tokens a second.", ""},
		"speed.reads":      {"{model} reads {read} tokens a second, says its first word after {first} and writes {write} tokens a second.", ""},
		"speed.slow":       {"People wait longer for {model} than they like to.", "For faster answers choose a smaller model, or run the box on a faster machine."},
		"trouble.starting": {"{model} has been loading since {since}. What it was chosen for goes on by rules meanwhile.", "Wait; large models take minutes."},
		"trouble.stalled":  {"{model} has not been asked since {since}: it fell silent in the middle of an answer. What it was chosen for goes on by rules; it is tried again by itself.", ""},
		"trouble.died":     {"{model} has not been asked since {since}: it broke off or could not be loaded. What it was chosen for goes on by rules; it is tried again by itself.", "Look whether the machine has enough memory for it beside the others, or choose a smaller model."},
		"trouble.slow":     {"{model} has not been asked in conversations since {since}: it is too slow, with its first word after {first}. They go on by rules; what nobody waits for, such as the analysis, is still done by it. It is tried again by itself.", "Choose a smaller model, or run the box on a faster machine."},
		"queue.idle":       {"Nothing is waiting for the models. At the same time they answer at most {slots}.", ""},
		"queue.busy":       {"The models are answering {running}, at most {slots} at the same time. Waiting: {talks} in conversations, {hosts} for hosts, {other} in the background.", ""},
	}
	for _, own := range []bool{false, true} {
		for kind, r := range reasons(own) {
			all[rulesCode(kind, own)] = sentence{ledByRules + " since {since}: " + r.text + ".", r.todo}
		}
	}
	return all
}

const ledByRules = "Conversations are led by rules"

// rulesCode is the code of the finding that rules lead, by the reason, and whether the Ollama is the one of the box: what
// to do may differ then.
func rulesCode(kind inference.Kind, own bool) string {
	code := "models." + string(kind)
	if own && reasons(true)[kind].todo != reasons(false)[kind].todo {
		code += "_own"
	}
	return code
}
