package web

import (
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"harmonium/appliance/audit"
	"harmonium/appliance/store"
	"harmonium/appliance/tabular"
)

// AuditFilter chooses entries of the audit trail.
type AuditFilter struct {
	Who    string    `query:"who" maxLength:"200" doc:"Id of an account or key, command line, system, setup or unknown; or part of a name or e-mail address: what was done with that account's keys is found too"`
	Action string    `query:"action" maxLength:"60" doc:"An action, such as session.open, or its first word, such as session"`
	Object string    `query:"object" maxLength:"200" doc:"Id of what it was done to"`
	From   time.Time `query:"from" doc:"Only entries of this time or later"`
	To     time.Time `query:"to" doc:"Only entries before this time"`
}

func (f AuditFilter) of(page store.Page) store.AuditFilter {
	return store.AuditFilter{Who: f.Who, Action: f.Action, Object: f.Object, From: f.From, To: f.To, Page: page}
}

// AuditEntry says who did what to which object, without content.
type AuditEntry struct {
	Seq     int64  `json:"seq" doc:"Number, from 1, without gaps"`
	At      Time   `json:"at"`
	Actor   string `json:"actor" doc:"Id of an account or key, command line, system, setup or unknown"`
	Name    string `json:"name" doc:"Of the account, or of the account whose key it is; empty when it is gone, or there is none"`
	Key     string `json:"key" doc:"Name of the key; empty when it was none"`
	Address string `json:"address" doc:"From where; never of a participant"`
	Action  string `json:"action"`
	Object  string `json:"object" doc:"Id, or name of a setting"`
}

func auditOut(l store.AuditLine) AuditEntry {
	return AuditEntry{l.Seq, Time{l.At}, l.Actor, l.Name, l.Key, l.Address, l.Action, l.Object}
}

type listAuditInput struct {
	Page
	AuditFilter
}

func (a *API) listAudit(ctx context.Context, in *listAuditInput) (*Output[List[AuditEntry]], error) {
	found, total, err := a.Store.Audit(ctx, in.of(store.Page{Limit: in.Limit, Offset: in.Offset}))
	if err != nil {
		return nil, err
	}
	out := List[AuditEntry]{make([]AuditEntry, len(found)), Pagination{total, in.Limit, in.Offset}}
	for i, l := range found {
		out.Data[i] = auditOut(l)
	}
	return &Output[List[AuditEntry]]{out}, nil
}

// AuditCheck is what came of checking the audit trail.
type AuditCheck struct {
	Sound  bool   `json:"sound"`
	Proven int64  `json:"proven" doc:"Entries that are as they were written, from the first on"`
	Broken *int64 `json:"broken" nullable:"true" doc:"The first entry at which it shows that they are not"`
	Reason string `json:"reason" doc:"What is wrong there"`
	Head   string `json:"head" doc:"Hash that stands for the whole trail: noted elsewhere, it proves later that nobody has written all of it anew"`
}

func (a *API) checkAudit(ctx context.Context, _ *None) (*Output[AuditCheck], error) {
	proven, head, err := a.Store.VerifyAudit(ctx)
	c := AuditCheck{Sound: err == nil, Proven: proven, Head: hex.EncodeToString(head.Hash)}
	if broken := new(audit.Broken); errors.As(err, &broken) {
		c.Broken, c.Reason, err = &broken.Seq, broken.Reason, nil
	}
	return &Output[AuditCheck]{c}, err
}

type auditFileInput struct {
	AuditFilter
	Format string `query:"format" enum:"csv,json" default:"csv"`
}

// auditPage is how many entries of a file are read at once.
const auditPage = 1000

// getAuditFile streams the entries that a filter chooses, the newest first. That it was asked for is the newest entry of all.
func (a *API) getAuditFile(ctx context.Context, in *auditFileInput) (*huma.StreamResponse, error) {
	if err := a.Store.Note(ctx, callerOf(ctx).By(), "audit.export."+in.Format, "box"); err != nil {
		return nil, err
	}
	f := in.of(store.Page{Limit: auditPage})
	first, _, err := a.Store.Audit(ctx, f)
	if err != nil {
		return nil, err
	}
	kind, write := "text/csv; charset=utf-8", writeAuditCSV
	if in.Format == "json" {
		kind, write = "application/json; charset=utf-8", writeAuditJSON
	}
	name := "audit-" + a.Clock().UTC().Format("2006-01-02") + "." + in.Format
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", kind)
		hc.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		err := write(hc.BodyWriter(), first, func(last int64) ([]store.AuditLine, error) {
			f.Before = last
			next, _, err := a.Store.Audit(hc.Context(), f)
			return next, err
		})
		if err != nil { // the status is sent already: a file that ends in the middle
			a.Log.WarnContext(hc.Context(), "the audit trail was cut off", "request", requestID(hc.Context()), "err", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// eachAudit calls do with each entry, page after page.
func eachAudit(list []store.AuditLine, next func(last int64) ([]store.AuditLine, error), do func(AuditEntry) error) error {
	for len(list) > 0 {
		for _, l := range list {
			if err := do(auditOut(l)); err != nil {
				return err
			}
		}
		var err error
		if list, err = next(list[len(list)-1].Seq); err != nil {
			return err
		}
	}
	return nil
}

func writeAuditCSV(w io.Writer, first []store.AuditLine, next func(last int64) ([]store.AuditLine, error)) error {
	c := csv.NewWriter(w)
	if err := c.Write([]string{"seq", "at", "actor", "name", "key", "address", "action", "object"}); err != nil {
		return err
	}
	err := eachAudit(first, next, func(e AuditEntry) error {
		return c.Write(append([]string{strconv.FormatInt(e.Seq, 10)}, tabular.Row(e.At.UTC().Format(time.RFC3339Nano), e.Actor, e.Name, e.Key,
			e.Address, e.Action, e.Object)...))
	})
	c.Flush()
	return errors.Join(err, c.Error())
}

func writeAuditJSON(w io.Writer, first []store.AuditLine, next func(last int64) ([]store.AuditLine, error)) error {
	separator := "["
	err := eachAudit(first, next, func(e AuditEntry) error {
		raw, err := json.Marshal(e)
		if err == nil {
			_, err = io.WriteString(w, separator+"\n"+string(raw))
			separator = ","
		}
		return err
	})
	if err != nil {
		return err
	}
	if separator == "[" {
		_, err = io.WriteString(w, "[")
	}
	if err == nil {
		_, err = io.WriteString(w, "\n]\n")
	}
	return err
}
