package privacy

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
)

// section is one part of the facts in sentences.
type section struct {
	Title string
	Lines []string
}

// Text tells the facts in sentences, in English.
func (f Facts) Text() string {
	w, _ := wordsOf(appliance.English)
	var b strings.Builder
	fmt.Fprintln(&b, w.say("title", "at", at(f.At)))
	for _, s := range f.sections(w) {
		fmt.Fprintf(&b, "\n%s\n", s.Title)
		for _, line := range s.Lines {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.String()
}

func (f Facts) sections(w words) []section {
	return []section{
		{w.say("program"), []string{
			w.say("program.version", "version", f.Program.Version, "since", at(f.Program.Started)),
			w.say("program.file", "path", f.Program.Path, "sum", cmp.Or(f.Program.SHA256, w.say("program.unknown"))),
			f.sourceLine(w)}},
		{w.say("out"), f.waysOut(w)},
		{w.say("kernel"), f.kernelLines(w)},
		{w.say("units"), f.unitLines(w)},
		{w.say("data"), f.dataLines(w)},
		{w.say("serving"), f.servingLines(w)},
		{w.say("models"), f.modelLines(w)},
		{w.say("access"), f.accountLines(w)},
		{w.say("kept"), f.keepLines(w)},
		{w.say("holds"), f.holdLines(w)},
		{w.say("deleted"), f.deletedLines(w)},
		{w.say("backup"), f.backupLines(w)},
	}
}

func (f Facts) sourceLine(w words) string {
	if f.Source {
		return w.say("program.source")
	}
	return w.say("program.source.none")
}

func (f Facts) waysOut(w words) []string {
	lines := []string{w.say("out.sealed")}
	if !f.Kernel.Sealed {
		lines[0] = w.say("out.unsealed", "list", strings.Join(f.Kernel.Interfaces, ", "))
	}
	open := 0
	for _, t := range f.Trials {
		if !t.Open {
			continue
		}
		open++
		way := t.Way
		if t.To != "" {
			way = w.say("out.to", "way", t.Way, "to", t.To)
		}
		lines = append(lines, w.say("out.open", "way", way))
	}
	if len(f.Trials) == 0 {
		lines = append(lines, w.say("out.untried"))
	} else {
		lines = append(lines, w.say("out.tried", "count", len(f.Trials), "at", at(f.TriedAt), "open", open))
	}
	if len(f.Allowed) == 0 {
		lines = append(lines, w.say("out.allowed.none"))
	}
	for _, a := range f.Allowed {
		lines = append(lines, w.say("out.allowed", "what", allowedText(w, a)))
	}
	if len(f.Refused) == 0 {
		lines = append(lines, w.say("out.refused.none"))
	}
	for _, a := range f.Refused {
		lines = append(lines, w.say("out.refused", "to", a.To, "class", a.Class, "count", a.Count, "first", at(a.First), "last", at(a.Last)))
	}
	return lines
}

// allowedText names an address, since when it is allowed, and by whom.
func allowedText(w words, a egress.Way) string {
	text := fmt.Sprintf("%s (%s)", a.Address, a.Name)
	if a.Since != nil {
		text += w.say("out.allowed.since", "at", at(*a.Since))
	}
	if a.By != "" {
		text += w.say("out.allowed.by", "by", a.By)
	}
	if a.Socket != "" {
		text += w.say("out.allowed.socket", "socket", a.Socket)
	}
	return text
}

func (f Facts) kernelLines(w words) []string {
	k := f.Kernel
	rights := w.say("kernel.rights.none")
	if !k.HasNoCapability() {
		rights = w.say("kernel.rights.some", "bits", cmp.Or(k.Capability, w.say("unknown")))
	}
	return []string{
		w.say("kernel.network", "network", cmp.Or(k.Network, w.say("unknown")), "list", strings.Join(k.Interfaces, ", "), "count", k.Routes),
		w.say("kernel.rights", "user", cmp.Or(k.User, w.say("unknown")), "rights", rights, "gain", w.yes(!k.NoNewPrivs), "filtered", w.yes(k.Filtered)),
		w.say("kernel.group", "group", cmp.Or(k.ControlUnit, w.say("unknown"))),
	}
}

func (f Facts) unitLines(w words) []string {
	if len(f.Units) == 0 {
		return []string{w.say("units.none")}
	}
	lines := []string{}
	for _, u := range f.Units {
		line := u.Name
		if !u.Active {
			line += w.say("units.off")
		}
		if u.Private {
			line += w.say("units.private")
		} else {
			line += w.say("units.open")
		}
		for _, part := range []struct {
			key  string
			list []string
		}{{"joins", u.Joins}, {"sockets", u.Families}, {"allow", u.Allow}, {"deny", u.Deny}, {"bind", u.Bind}, {"nobind", u.NoBind}} {
			if len(part.list) > 0 {
				line += w.say("units."+part.key, "list", strings.Join(part.list, " "))
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func (f Facts) dataLines(w words) []string {
	lines := []string{}
	for _, p := range f.Data {
		lines = append(lines, w.say("data.place", "path", p.Path, "what", w.say("data."+p.Kind), "count", p.Bytes))
	}
	if len(lines) == 0 {
		lines = append(lines, w.say("data.unread"))
	}
	return append(lines, w.say("data.spoken"))
}

func (f Facts) modelLines(w words) []string {
	if len(f.Models) == 0 {
		return []string{w.say("models.none")}
	}
	lines := []string{}
	for _, m := range f.Models {
		there := w.say("models.there")
		if !m.Installed {
			there = w.say("models.gone")
		}
		lines = append(lines, w.say("models.model", "name", m.Name, "digest", m.Digest, "there", there))
		for _, r := range m.Read {
			lines = append(lines, w.say("models.read", "what", w.say("models."+r.Made), "count", r.Count, "first", at(r.First), "last", at(r.Last)))
		}
		if len(m.Read) == 0 {
			lines = append(lines, w.say("models.read.none"))
		}
	}
	return lines
}

func (f Facts) accountLines(w words) []string {
	lines := f.accessNumbers(w)
	for _, a := range f.Accounts {
		line := w.say("access.account", "name", a.Name, "email", a.Email, "role", w.say("access."+string(a.Role)),
			"since", a.Since.UTC().Format(time.DateOnly), "keys", a.Keys)
		if a.Factor {
			line += w.say("access.factor")
		}
		if a.Disabled {
			line += w.say("access.disabled")
		}
		lines = append(lines, line)
	}
	if len(f.Accounts) == 0 {
		lines = []string{w.say("access.none")}
	}
	return append(lines, w.say("access.root"))
}

func (f Facts) backupLines(w words) []string {
	lines := []string{}
	if f.LastBackup == nil {
		lines = append(lines, w.say("kept.backup.none"))
	} else {
		lines = append(lines, w.say("kept.backup", "at", at(*f.LastBackup)))
	}
	if f.BackupCheck != nil {
		lines = append(lines, w.say("kept.backup.check", "at", at(*f.BackupCheck)))
	}
	if f.BackupDays > 0 {
		lines = append(lines, w.say("kept.backup.days", "days", f.BackupDays))
	}
	switch c := f.Checked; {
	case c == nil:
		lines = append(lines, w.say("kept.unchecked"))
	case c.Sound:
		lines = append(lines, w.say("kept.sound", "at", at(c.At)))
	default:
		lines = append(lines, w.say("kept.damaged", "at", at(c.At)))
	}
	return lines
}

func at(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " (UTC)" }

func (w words) yes(is bool) string {
	if is {
		return w.say("yes")
	}
	return w.say("no")
}
