package server

import (
	"context"
	"encoding/hex"
	"errors"

	"harmonium/appliance/audit"
)

// AuditCheck is what came of checking the audit trail.
type AuditCheck struct {
	Sound  bool   `json:"sound"`
	Proven int64  `json:"proven"` // entries that are as they were written, from the first on
	Broken int64  `json:"broken"` // the first at which it shows that they are not; 0: none
	Reason string `json:"reason"` // what is wrong with that one, or with the head
	Head   string `json:"head"`   // hash that stands for the whole trail, in hexadecimal; "" while it is empty
}

// VerifyAudit checks the whole audit trail.
func (a *Admin) VerifyAudit(ctx context.Context, _ None) (AuditCheck, error) {
	proven, head, err := a.store.VerifyAudit(ctx)
	c := AuditCheck{Sound: err == nil, Proven: proven, Head: hex.EncodeToString(head.Hash)}
	if broken := new(audit.Broken); errors.As(err, &broken) {
		c.Broken, c.Reason, err = broken.Seq, broken.Reason, nil
	}
	return c, err
}
