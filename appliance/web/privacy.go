package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/privacy"
)

// Privacy is what is true of the box at this moment, for whoever answers for the privacy of those it serves.
type Privacy struct {
	At          Time                 `json:"at"`
	Fingerprint string               `json:"fingerprint" doc:"Of the key with which the box signs attestations, SHA-256"`
	Version     string               `json:"version"`
	Program     string               `json:"program" doc:"Path of the program"`
	SHA256      string               `json:"sha256" doc:"Of the program; empty when it could not be read"`
	Started     Time                 `json:"started"`
	Sealed      bool                 `json:"sealed" doc:"The only network of the program is a loopback"`
	Interfaces  []string             `json:"interfaces" doc:"That the program sees"`
	Filtered    bool                 `json:"filtered" doc:"The kernel lets the program make only some system calls"`
	Privileged  bool                 `json:"privileged" doc:"The program has a privilege of root, or could gain one"`
	TriedAt     Time                 `json:"tried_at" doc:"When the box last tried to leave: at its start"`
	Tried       []PrivacyWay         `json:"tried"`
	Allowed     []PrivacyAllowed     `json:"allowed" doc:"Addresses beside the loopback that an administrator has allowed"`
	Refused     []PrivacyRefused     `json:"refused" doc:"What the program tried to reach and was refused, the last first"`
	Units       []PrivacyUnit        `json:"units" doc:"What systemd lets the parts of the box do on the network; empty without the package"`
	Data        []PrivacyPlace       `json:"data"`
	Models      []PrivacyModel       `json:"models"`
	Accounts    []PrivacyAccount     `json:"accounts"`
	FactorRule  appliance.FactorRule `json:"second_factor" enum:"nobody,admins,everybody" doc:"Whose log-ins must have one"`
	Hooks       []PrivacyHook        `json:"hooks" doc:"Programs that are told when something happens, without content"`
	Serving     []PrivacyServing     `json:"serving" doc:"Which model does which work by the choice of the box"`
	Periods     Periods              `json:"retention" doc:"That the box sets"`
	Own         []PrivacyPeriod      `json:"own_periods" doc:"That projects and sessions set for themselves"`
	Holds       []PrivacyHold        `json:"holds" doc:"Legal holds in force"`
	Deleted     PrivacyDeleted       `json:"deleted"`
	Source      bool                 `json:"source" doc:"The exact source of the program lies on the box, and everybody who uses it gets it at /source"`
	LastBackup  *Time                `json:"last_backup" nullable:"true"`
	BackupCheck *Time                `json:"backup_check" nullable:"true" doc:"When the last backup was read back and found whole"`
	BackupDays  int                  `json:"backup_days" doc:"For how many days, at most, backups by the plan hold what was deleted; 0: there is no plan"`
	CheckedAt   *Time                `json:"checked_at" nullable:"true" doc:"Last check of the whole database"`
	Sound       bool                 `json:"sound" doc:"What it found; false before the first"`
}

// PrivacyWay is a way out that the box has tried.
type PrivacyWay struct {
	Way  string `json:"way" enum:"tcp,udp,dns,raw,packet,socket"`
	To   string `json:"to"`
	Open bool   `json:"open" doc:"The kernel offers it; nothing was sent"`
}

// PrivacyAllowed is an address that an administrator has allowed.
type PrivacyAllowed struct {
	Name    string `json:"name"`
	Address string `json:"address" doc:"With its port"`
	Since   *Time  `json:"since" nullable:"true" doc:"Null when it is set by a setting, which has no date"`
	By      string `json:"by" doc:"Who has allowed it, or where the setting stands"`
}

// PrivacyRefused is a destination that was refused.
type PrivacyRefused struct {
	To    string `json:"to"`
	Count int64  `json:"count"`
	First Time   `json:"first"`
	Last  Time   `json:"last"`
}

// PrivacyUnit is what systemd lets one part of the box do on the network.
type PrivacyUnit struct {
	Name    string   `json:"name"`
	Active  bool     `json:"active"`
	Private bool     `json:"private" doc:"Its network is one of its own, without a way out"`
	Allow   []string `json:"allow" doc:"Addresses that its packets may go to and come from; empty: any, unless its network is private"`
}

// PrivacyPlace is where a kind of data lies.
type PrivacyPlace struct {
	Kind  string `json:"kind" enum:"database,sound,copy,models,certificates,identity,refused,reserve,deletions,replaced,runtime,other"`
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// PrivacyModel is a model with what it was given to read.
type PrivacyModel struct {
	Name      string        `json:"name"`
	Digest    string        `json:"digest"`
	Installed bool          `json:"installed"`
	Read      []PrivacyRead `json:"read"`
}

// PrivacyRead is one kind of data that a model was given, told by what it made of it.
type PrivacyRead struct {
	Made  string `json:"made" enum:"guides,turns,digests,claims,ideas,insights,answers,vectors,sound,reports"`
	Count int    `json:"count"`
	Last  Time   `json:"last"`
}

// PrivacyAccount is somebody who can log in.
type PrivacyAccount struct {
	Name     string         `json:"name"`
	Email    string         `json:"email"`
	Role     appliance.Role `json:"role" enum:"viewer,editor,admin,owner"`
	Disabled bool           `json:"disabled"`
	Factor   bool           `json:"second_factor" doc:"Its log-ins need one"`
	Keys     int            `json:"keys"`
}

func (a *API) getPrivacy(ctx context.Context, _ *None) (*Output[Privacy], error) {
	f, fingerprint, err := a.facts(ctx)
	if err != nil {
		return nil, err
	}
	out := Privacy{At: Time{f.At}, Fingerprint: fingerprint, Version: f.Program.Version, Program: f.Program.Path, SHA256: f.Program.SHA256,
		Started: Time{f.Program.Started}, Sealed: f.Kernel.Sealed, Interfaces: notNull(f.Kernel.Interfaces), Filtered: f.Kernel.Filtered,
		Privileged: !f.Kernel.HasNoCapability() || !f.Kernel.NoNewPrivs, TriedAt: Time{f.TriedAt}, Tried: []PrivacyWay{},
		Allowed: []PrivacyAllowed{}, Refused: []PrivacyRefused{}, Units: []PrivacyUnit{}, Data: []PrivacyPlace{}, Models: []PrivacyModel{},
		Accounts: []PrivacyAccount{}, FactorRule: f.FactorRule, Source: f.Source}
	out.setKept(f)
	if f.LastBackup != nil {
		out.LastBackup = &Time{*f.LastBackup}
	}
	if f.BackupCheck != nil {
		out.BackupCheck = &Time{*f.BackupCheck}
	}
	out.BackupDays = f.BackupDays
	if f.Checked != nil {
		out.CheckedAt, out.Sound = &Time{f.Checked.At}, f.Checked.Sound
	}
	for _, t := range f.Trials {
		out.Tried = append(out.Tried, PrivacyWay{Way: t.Way, To: t.To, Open: t.Open})
	}
	for _, w := range f.Allowed {
		allowed := PrivacyAllowed{Name: w.Name, Address: w.Address.String(), By: w.By}
		if w.Since != nil {
			allowed.Since = &Time{*w.Since}
		}
		out.Allowed = append(out.Allowed, allowed)
	}
	for _, r := range f.Refused {
		out.Refused = append(out.Refused, PrivacyRefused{To: r.To, Count: r.Count, First: Time{r.First}, Last: Time{r.Last}})
	}
	for _, u := range f.Units {
		out.Units = append(out.Units, PrivacyUnit{Name: u.Name, Active: u.Active, Private: u.Private, Allow: notNull(u.Allow)})
	}
	for _, p := range f.Data {
		out.Data = append(out.Data, PrivacyPlace{Kind: p.Kind, Path: p.Path, Bytes: p.Bytes})
	}
	for _, m := range f.Models {
		model := PrivacyModel{Name: m.Name, Digest: m.Digest, Installed: m.Installed, Read: []PrivacyRead{}}
		for _, r := range m.Read {
			model.Read = append(model.Read, PrivacyRead{Made: r.Made, Count: r.Count, Last: Time{r.Last}})
		}
		out.Models = append(out.Models, model)
	}
	for _, x := range f.Accounts {
		out.Accounts = append(out.Accounts, PrivacyAccount{Name: x.Name, Email: x.Email, Role: x.Role, Disabled: x.Disabled, Factor: x.Factor, Keys: x.Keys})
	}
	return &Output[Privacy]{out}, nil
}

// facts gives the facts as the box has just signed them, with the fingerprint of its key.
func (a *API) facts(ctx context.Context) (privacy.Facts, string, error) {
	s, err := a.Attest(ctx)
	if err != nil {
		return privacy.Facts{}, "", err
	}
	raw, err := s.JSON()
	if err != nil {
		return privacy.Facts{}, "", err
	}
	return privacy.Verify(raw)
}

// FileOutput is a file to be saved.
type FileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// getAttestation gives the facts with the signature of the box, to be filed.
func (a *API) getAttestation(ctx context.Context, _ *None) (*FileOutput, error) {
	s, err := a.Attest(ctx)
	if err != nil {
		return nil, err
	}
	raw, err := s.JSON()
	return &FileOutput{"application/json; charset=utf-8", `attachment; filename="harmonium-attestation.json"`, raw}, err
}

// SheetQuery chooses the form of the sheet on data processing.
type SheetQuery struct {
	Format   string             `query:"format" enum:"markdown,html" default:"markdown"`
	Language appliance.Language `query:"language" default:"en" maxLength:"20" doc:"English where it is not translated"`
}

// getDataSheet gives the sheet on data processing for auditors.
func (a *API) getDataSheet(ctx context.Context, in *SheetQuery) (*FileOutput, error) {
	f, fingerprint, err := a.facts(ctx)
	if err != nil {
		return nil, err
	}
	if in.Format == "html" {
		page := f.SheetHTML(fingerprint, in.Language)
		return &FileOutput{"text/html; charset=utf-8", `attachment; filename="harmonium-data-processing.html"`, []byte(page)}, nil
	}
	return &FileOutput{"text/markdown; charset=utf-8", `attachment; filename="harmonium-data-processing.md"`, []byte(f.Sheet(fingerprint, in.Language))}, nil
}
