package appliance

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// FieldType is the kind of a question of the form. The first three are the names of Harmonica's API.
type FieldType string

// The question types.
const (
	FieldShort    FieldType = "Short field"
	FieldEmail    FieldType = "Email"
	FieldOptions  FieldType = "Options"    // one of Options
	FieldLong     FieldType = "Long field" // several lines
	FieldMultiple FieldType = "Multiple"   // some of Options
	FieldRating   FieldType = "Rating"     // 1 to 5
	FieldNumber   FieldType = "Number"
	FieldDate     FieldType = "Date"    // YYYY-MM-DD
	FieldConsent  FieldType = "Consent" // a tick
)

// FieldTypes lists the question types in the order in which they are offered.
func FieldTypes() []FieldType {
	return []FieldType{FieldShort, FieldLong, FieldEmail, FieldOptions, FieldMultiple, FieldRating, FieldNumber,
		FieldDate, FieldConsent}
}

// FormField is one question of a form.
type FormField struct {
	ID       FieldID   `json:"id,omitempty"`
	Type     FieldType `json:"type"`
	Text     string    `json:"text"`
	Required bool      `json:"required,omitempty"`
	Options  []string  `json:"options,omitempty"` // for FieldOptions and FieldMultiple
}

// Limits of forms and of what is answered to them.
const (
	MaxFields      = 30
	MaxFieldText   = 300
	MaxOptions     = 20
	MaxOption      = 200
	MaxShortAnswer = 500
	MaxLongAnswer  = 4_000
	MaxRating      = 5
)

// Form is the questions asked before a conversation.
type Form []FormField

// Validate checks the questions; prefix is the path of the list in what was sent ("questions").
func (f Form) Validate(prefix string) error {
	var p Problems
	if len(f) > MaxFields {
		p.Add(prefix, "A form has at most %d questions; this has %d.", MaxFields, len(f))
	}
	for i, q := range f {
		at := func(field string) string { return fmt.Sprintf("%s[%d].%s", prefix, i, field) }
		CheckLine(&p, at("text"), q.Text, MaxFieldText, true)
		if !slices.Contains(FieldTypes(), q.Type) {
			p.Add(at("type"), "%.40q is not a question type.", string(q.Type))
		}
		if q.Type != FieldOptions && q.Type != FieldMultiple {
			if len(q.Options) > 0 {
				p.Add(at("options"), "Only a question of choice has options.")
			}
			continue
		}
		if len(q.Options) < 2 || len(q.Options) > MaxOptions {
			p.Add(at("options"), "A choice needs 2 to %d options.", MaxOptions)
		}
		for j, o := range q.Options {
			path := fmt.Sprintf("%s[%d].options[%d]", prefix, i, j)
			CheckLine(&p, path, o, MaxOption, true)
			if slices.Index(q.Options, o) < j {
				p.Add(path, "This option stands there twice.")
			}
		}
	}
	return p.Err()
}

// decimal is a number as people write one; a comma is as good as a point.
var decimal = regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?$`)

// FormAnswer is what a participant answered to one question. Text and Type are those of the question at that time,
// so that a later edit of the form does not change what was answered.
type FormAnswer struct {
	FieldID FieldID   `json:"question_id"`
	Text    string    `json:"text"`
	Type    FieldType `json:"type"`
	Values  []string  `json:"values"` // one, or several for FieldMultiple; empty when left out
}

// Masked is a where results may show it: words of somebody who does not want to be quoted are masked, what was chosen is not.
func (a FormAnswer) Masked(use Use) FormAnswer {
	if use != UseQuote && len(a.Values) > 0 && (a.Type == FieldShort || a.Type == FieldLong) {
		a.Values = []string{"[…]"}
	}
	return a
}

// For gives the questions that participants are asked: in an anonymous session all but those for an e-mail address.
func (f Form) For(anonymous bool) Form {
	if !anonymous {
		return f
	}
	return slices.DeleteFunc(slices.Clone(f), func(q FormField) bool { return q.Type == FieldEmail })
}

// Check compares given values (by question) with the form and gives the answers in the order of the form. Problems
// are at "answers.<question id>".
func (f Form) Check(given map[FieldID][]string) ([]FormAnswer, error) {
	var p Problems
	answers := make([]FormAnswer, 0, len(f))
	known := make(map[FieldID]bool, len(f))
	for _, q := range f {
		known[q.ID] = true
		values := slices.DeleteFunc(slices.Clone(given[q.ID]), func(v string) bool { return v == "" })
		q.check(&p, "answers."+string(q.ID), values)
		answers = append(answers, FormAnswer{FieldID: q.ID, Text: q.Text, Type: q.Type, Values: values})
	}
	for id := range given {
		if !known[id] {
			p.Add("answers", "%.40q is not a question of this form. It may have been changed; please load the page again.", string(id))
		}
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return answers, nil
}

func (q FormField) check(p *Problems, path string, values []string) {
	if len(values) == 0 {
		if q.Required {
			p.Add(path, "Please answer this question.")
		}
		return
	}
	if len(values) > 1 && q.Type != FieldMultiple {
		p.Add(path, "Only one answer is possible here.")
		return
	}
	if len(values) > 1 && len(values) > len(q.Options) {
		p.Add(path, "Please choose each option once at most.")
		return
	}
	for i, v := range values {
		q.checkValue(p, path, v)
		if slices.Index(values, v) < i {
			p.Add(path, "Please choose each option once at most.")
			return
		}
	}
}

func (q FormField) checkValue(p *Problems, path, v string) {
	switch q.Type {
	case FieldShort:
		CheckLine(p, path, v, MaxShortAnswer, q.Required)
	case FieldLong:
		CheckText(p, path, v, MaxLongAnswer, q.Required)
	case FieldEmail:
		CheckEmail(p, path, v, q.Required)
	case FieldOptions, FieldMultiple:
		if !slices.Contains(q.Options, v) {
			p.Add(path, "Please choose one of the options.")
		}
	case FieldRating:
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > MaxRating || v != strconv.Itoa(n) {
			p.Add(path, "Please choose a number from 1 to %d.", MaxRating)
		}
	case FieldNumber:
		if len(v) > 30 || !decimal.MatchString(v) {
			p.Add(path, "Please enter a number.")
		}
	case FieldDate:
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			p.Add(path, "Please enter a date as year-month-day, such as 2026-03-31.")
		}
	case FieldConsent:
		if v != "true" && v != "false" || q.Required && v != "true" {
			p.Add(path, "Please tick this to go on.")
		}
	}
}
