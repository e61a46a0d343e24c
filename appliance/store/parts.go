package store

import (
	"context"

	"harmonium/appliance"
)

// ReportParts gives what a model has written of the report of a session.
func (s *Store) ReportParts(ctx context.Context, session appliance.SessionID) (list []appliance.ReportPart, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = reportParts(tx, session, `TRUE`)
		return err
	})
	return list, err
}

func reportParts(tx *Tx, session appliance.SessionID, where string, args ...any) (list []appliance.ReportPart, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var p appliance.ReportPart
		err := rows.Scan(&p.TopicID, &p.Number, &p.InputHash, &p.Claims, toJSON(&p.Sentences), &p.Dropped, &p.Failed, &p.Due, &p.Asked)
		list = append(list, p)
		return err
	}, `SELECT topic_id, number, input_hash, claims, sentences, dropped, failed, due, asked FROM report_parts
		WHERE session_id = ? AND `+where+` ORDER BY topic_id, number`, append([]any{session}, args...)...)
	return list, err
}

// SaveReportPart stores a part of a report that was written from m. It fails with CodeConflict where something that m was
// read from has gone or was drawn anew since.
func (s *Store) SaveReportPart(ctx context.Context, m ReportMaterial, p appliance.ReportPart) error {
	return s.write(ctx, func(tx *Tx) error {
		if err := m.stillThere(tx); err != nil {
			return err
		}
		_, err := tx.Exec(`REPLACE INTO report_parts (session_id, topic_id, number, input_hash, claims, sentences, dropped, failed,
				due, asked, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			m.SessionID, p.TopicID, p.Number, p.InputHash, p.Claims, asJSON(p.Sentences), p.Dropped, p.Failed, p.Due, p.Asked,
			ms(s.clock()))
		if isForeignKey(err) {
			return &appliance.Error{Code: appliance.CodeNotFound, Message: noSuch("session")}
		}
		return err
	})
}

// WriteAnew has all parts of the report of a session written anew whose claims are not the same any more.
func (s *Store) WriteAnew(ctx context.Context, session appliance.SessionID) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE report_parts SET due = 1 WHERE session_id = ?`, session)
		return err
	})
}
