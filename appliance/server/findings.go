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
	about, _, _ := strings.Cut(code, ".")
	return worded(appliance.Finding{About: about, Level: level, Code: code, Values: with})
}

// worded gives a finding the sentences of its code. A Text that it has already is more exact and stands, without a todo.
func worded(f appliance.Finding) appliance.Finding {
	if f.Text == "" {
		s, with := sentences()[f.Code], values(f.Values)
		f.Text, f.Todo = with.in(s.text), with.in(s.todo)
	}
	return f
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
	const lessMemory = "Choose a smaller model, end other programs on this machine, or give it more memory."
	const moreBackups = "Set them up on the page Backups, or run: harmonium backup create FILE"
	const setClock = "Set the clock of the machine."
	const setOrFollow = "Set the clock of the machine. If it is right, say so on the page Health of the box, or run: harmonium clock follow"
	const announcer = "Look at: systemctl status harmonium-lan.service"
	const newAuthority = "Run: harmonium tls new-authority --yes. Then install it on the devices again."
	const exactly = "harmonium doctor says exactly what is wrong."
	all := map[string]sentence{
		"server.runs": {"The server {version} has been running since {since}.", ""},

		"data.good":      {"The data directory {path} can be written to, and only by its owner.", ""},
		"data.file":      {"{path} is not a directory.", "Name the data directory with --data."},
		"data.full":      {"The disk of the data directory {path} is full.", room},
		"data.read_only": {"The disk of the data directory {path} is read-only.", "Look at the log of the machine for errors of the disk, and mount it for writing."},
		"data.refused":   {"The data directory {path} cannot be written to.", "Make it writable for the account that runs harmonium."},
		"data.factor_key": {"Codes of authenticator apps cannot be checked: {path}, with the key of second factors, is missing, damaged or of another box.",
			"Put this file back from a backup of this box. If it is lost, take the second factor of each account away: harmonium user no-second-factor --email ADDRESS"},
		"data.open": {"Others on this machine may look into the data directory {path}.", "Run: chmod 700 {path}"},

		"disk.free":    {"{free} of the disk are free ({percent} %).", ""},
		"disk.low":     {"{free} of the disk are free ({percent} %). Recordings, imports and try-outs are refused, so that conversations have what is left.", room},
		"disk.short":   {"{free} of the disk are free ({percent} %). No new conversation can begin; those that have begun go on.", room},
		"disk.unknown": {"How much room the disk has cannot be found out.", ""},

		"memory.free":    {"{free} of memory are free ({percent} %).", ""},
		"memory.low":     {"{free} of memory are free ({percent} %). Recordings, imports and try-outs are refused, so that conversations have what is left.", lessMemory},
		"memory.short":   {"{free} of memory are free ({percent} %). No new conversation can begin; those that have begun go on.", lessMemory},
		"memory.killed":  {"The kernel has ended processes of the box for want of memory: {count} since it was started.", lessMemory},
		"memory.unknown": {"How much memory is left cannot be found out.", ""},

		"database.sound":      {"The database is sound.", ""},
		"database.checked":    {"The database is sound: checked at {at}.", ""},
		"database.failing":    {"The disk has reported errors. Nothing is accepted until the server has been started again.", "Start the server again, and look at the disk."},
		"database.unfinished": {"The check of the database was not finished in time.", "Try again when less is going on."},
		"database.damaged":    {"The database is damaged. Nothing was changed.", "Stop harmonium, keep a copy of the data directory {path} as it is, and restore the newest backup."},
		"database.damaged_restore": {"The database is damaged. Nothing was changed. The newest backup that was checked holds the state of {at}.",
			"Keep a copy of the data directory {path} as it is, then run: harmonium restore {where}"},

		"backup.good":     {"The last backup holds the state of {at}. It was read back and is whole.", ""},
		"backup.old":      {"The last backup holds the state of {at}, {days} days ago. What was said since would be lost with the disk.", moreBackups},
		"backup.none":     {"There is no backup of this box yet. If its disk dies, everything is lost.", moreBackups},
		"backup.failed":   {"The last backup could not be made, at {at}. Earlier ones are as they were. Why: {why}", "See the page Backups, or run: harmonium backup run --now"},
		"backup.replaced": {"A backup was restored at {at}. The state before is still kept in the data directory, for two weeks at most.", "When all is as it should be, remove it on the page Backups. To go back to it: harmonium backup undo-restore"},

		"clock.right": {"The clock says {now}.", ""},
		"clock.wrong": {"The clock says {now}, which cannot be.", setClock},
		"clock.moved": {"The clock of the machine was moved: it says {machine}. The box goes by its own time, {now}, and follows when that clock has been steady for an hour.",
			"Look whether the clock of the machine is right."},
		"clock.ahead":  {"The clock of the machine says {machine}, and by what the box knows it is {now}. The box goes by its own time, so that nothing ends or is deleted too early.", setOrFollow},
		"clock.behind": {"The clock of the machine says {machine}, and by what the box knows it is {now}. The box goes by its own time, so that nothing lasts longer than it should.", setOrFollow},

		"address.phone":      {"Give out this address: {address}", ""},
		"address.no_ipv6":    {"Give out this address: {address} (this network has no IPv6; nothing here needs it)", ""},
		"address.local":      {"The box answers at {address}, which only this machine can reach.", "For phones in the room start it with: --listen :8443 --tls self"},
		"address.none":       {"This machine has no address that phones can reach: no network is plugged in, or no router has given it one.", "Plug it in, or give it a fixed address; the box notices by itself."},
		"address.unassigned": {"The network at {interface} is plugged in, but no router has given it an address.", "Wait a moment, look at the router (DHCP), or give the machine a fixed address."},

		"name.announced":  {"The box is announced as {name}.", ""},
		"name.second":     {"Another machine in this building is called {taken} already, so this box is announced as {name}.", "Give out this name, or the address by number."},
		"name.taken":      {"Other machines in this building have the name {taken} and all that are like it; this box is announced under none.", "Give out the address by number."},
		"name.silent":     {"The announcer has not told the box its addresses yet; the box knows only those at which somebody has come in.", announcer},
		"name.unreadable": {"The file {path} of the announcer cannot be read; what it said last still counts.", announcer},
		"name.old":        {"The announcer has said nothing since {since}; the addresses may be old, and the name is perhaps announced no more.", announcer},

		"https.plain":          {"The box speaks plain HTTP with everybody in the building: passwords and answers can be read on the way, and phones give it no microphone.", "Start it with: --tls self"},
		"https.no_port":        {"Participants are to come in over plain HTTP, but no port is open for it.", "Set listen-http, for example to :80, and start the box again; or choose otherwise on the page Network."},
		"https.own":            {"HTTPS works with the box's own certificate authority “{name}”. Devices without it warn; the page /certificate shows how to install it.", ""},
		"https.own_ending":     {"The box's own certificate authority ends soon: on {until}.", newAuthority},
		"https.own_ended":      {"The box's own certificate authority ended on {until}; browsers warn.", newAuthority},
		"https.other_name":     {"The box's own authority was made before the box was called {name}, and cannot vouch for that name.", newAuthority + " Or use the organisation's certificate."},
		"https.public_address": {"The address {address} is a public one. The box's own authority vouches for private addresses only, so browsers warn there.", "Use a name or the organisation's certificate, or another address."},
		"https.organisation":   {"The organisation's certificate for {names} is in use, until {until}.", ""},
		"https.kept":           {"The organisation's certificate in {path} cannot be used; the one before it is still in use.", ""},
		"https.stand_in":       {"Until the organisation's certificate can be used, the box uses one of its own, which browsers warn about.", ""},

		"https.missing":          {"Certificate and key are not both in {path}.", "Put the certificate there as cert.pem, with those between it and the root after it, and its key as key.pem."},
		"https.unreadable":       {"The files in {path} cannot be read as certificate and key.", exactly},
		"https.key_mismatch":     {"The key does not belong to the organisation's certificate.", "Put the key there that the certificate was asked for with."},
		"https.expired":          {"The organisation's certificate, or one that signed it, has ended.", "Ask whoever made it for a new one, and put it in the place of this one."},
		"https.not_yet_valid":    {"The organisation's certificate is not valid yet, or the clock of this machine is wrong.", "Wait until then, or set the clock."},
		"https.name_mismatch":    {"The organisation's certificate is not one for this box and a web server. It names: {names}", exactly},
		"https.chain_broken":     {"A certificate in the organisation's file does not belong to the others.", "Put the certificates there that lead from the box to its authority, and no others."},
		"https.weak":             {"Browsers refuse the organisation's certificate: its key is too short, or it is signed in an old way.", "Ask for one with at least 2048 bits (RSA) or 256 bits (ECDSA), and a signature that is not SHA-1 or MD5."},
		"https.chain_incomplete": {"Certificates between the organisation's certificate and its authority may be missing; phones do not fetch them.", "Unless that authority is installed on the devices itself, add the certificates between the two to the file."},
		"https.expiring":         {"The organisation's certificate ends soon: on {until}.", "Put a new one in its place; the box takes it without a restart."},

		"seal.tight":    {"The box has tried to leave at its start, and the kernel let nothing through. Ways that were tried: {count}.", ""},
		"seal.unsealed": {"The kernel does not seal this program: it has a network of its machine, and only its own rules keep it from leaving.", "For real conversations install the package, whose units are sealed."},
		"seal.open":     {"The box has tried to leave, and the kernel left ways open: {ways}. Nothing was sent.", "Compare the unit harmonium.service with the one of the package: systemctl cat harmonium.service"},
		"seal.refused":  {"The program tried to reach addresses that nobody has allowed, and was refused. Addresses: {count}.", "harmonium attest names them. It should never try: report it to whoever gave you the program."},

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
		"capacity.people":  {"{people} people can talk with {model} at once and have the first word of the next question within {within} nine times of ten; by rules it is {guided}. Measured at {at}.", ""},
		"capacity.slow":    {"{model} does not say the first word of the next question within {within} even to one person at a time; by rules {guided} people can talk at once. Measured at {at}.", "Choose a smaller model, or run the box on a faster machine."},
		"capacity.rules":   {"{guided} people can talk at once, led by rules. Measured at {at}.", ""},
		"capacity.other":   {"How many people can talk at once was measured with {model}, which does not lead conversations now; by rules it is {guided}. Measured at {at}.", ""},
		"capacity.unknown": {"How many people can talk at once was not measured yet: harmonium capacity does, and so does the health page.", ""},

		"speech.by":      {"Speech is written down by {model}, on this box. The sound of spoken answers is not kept.", ""},
		"speech.whisper": {"Speech is written down by the whisper-server at {address}, on this box; it answers. The sound of spoken answers is not kept.", ""},
		"speech.absent":  {"The whisper-server at {address} is to write down speech and does not answer: answers are typed meanwhile, and recordings of meetings wait.", "Look whether it runs: systemctl status harmonium-whisper.service"},
		"speech.none":    {"Nothing on this box writes down speech: answers are typed. A model that hears (Ollama 0.20 or newer) or a package with a whisper-server would.", ""},
		"speech.away":    {"{model} is to write down speech and cannot be asked: answers are typed meanwhile.", "Look whether it is installed and runs, or choose another one on the page Models."},
		"speech.loading": {"The whisper-server loads its model; until then answers are typed.", ""},

		"queue.idle": {"Nothing is waiting for the models. At the same time they answer at most {slots}.", ""},
		"queue.busy": {"The models are answering {running}, at most {slots} at the same time. Waiting: {talks} in conversations, {hosts} for hosts, {other} in the background.", ""},
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
