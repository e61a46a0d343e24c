package server

import (
	"context"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/privacy"
	"harmonium/appliance/store"
)

// receipt gives a receipt of an erasure with the signature of the box, and until when backups hold what was erased.
func receipt(ctx context.Context, st *store.Store, now time.Time, id appliance.ReceiptID) (privacy.SignedReceipt, error) {
	r, err := st.Receipt(ctx, id)
	if err != nil {
		return privacy.SignedReceipt{}, err
	}
	e := privacy.Erasure{Receipt: r, At: now}
	plan := backup.DefaultPlan()
	if _, err := st.Setting(ctx, backup.SettingPlan, &plan); err != nil {
		return privacy.SignedReceipt{}, err
	}
	if plan.On {
		until := r.BeganAt.AddDate(0, 0, plan.Keep.Window())
		e.BackupsUntil = &until
	}
	kept, err := store.ReplacedStates(st.Dir())
	if err != nil {
		return privacy.SignedReceipt{}, err
	}
	if len(kept) > 0 {
		e.Replaced = &kept[len(kept)-1].At
	}
	key, err := privacy.Key(st.Dir())
	if err != nil {
		return privacy.SignedReceipt{}, err
	}
	return privacy.SignReceipt(e, key)
}

// ReceiptList is what "receipt list" tells.
type ReceiptList struct {
	Receipts []appliance.Receipt `json:"receipts"` // the last thousand, the newest first
	Total    int                 `json:"total"`
}

// Receipts lists the receipts of erasures.
func (a *Admin) Receipts(ctx context.Context, _ None) (l ReceiptList, err error) {
	l.Receipts, l.Total, err = a.store.Receipts(ctx, store.Page{Limit: 1000})
	return l, err
}

// Receipt gives one receipt with the signature of the box.
func (a *Admin) Receipt(ctx context.Context, id appliance.ReceiptID) (privacy.SignedReceipt, error) {
	return receipt(ctx, a.store, a.clock(), id)
}

// StillThere gives those of the things of a receipt that the box has.
func (a *Admin) StillThere(ctx context.Context, list []appliance.Erased) ([]appliance.Erased, error) {
	there, err := a.store.StillThere(ctx, list)
	return append([]appliance.Erased{}, there...), err
}
