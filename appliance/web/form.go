package web

import (
	"context"

	"harmonium/appliance"
)

// FormField is one question of the form that participants fill in before the conversation.
type FormField struct {
	ID       appliance.FieldID   `json:"id"`
	Type     appliance.FieldType `json:"type" enum:"Short field,Long field,Email,Options,Multiple,Rating,Number,Date,Consent"`
	Text     string              `json:"text"`
	Required bool                `json:"required"`
	Options  []string            `json:"options" doc:"Of Options and Multiple; empty otherwise"`
}

func fieldsOut(form appliance.Form) []FormField {
	out := make([]FormField, len(form))
	for i, q := range form {
		out[i] = FormField{ID: q.ID, Type: q.Type, Text: q.Text, Required: q.Required, Options: notNull(q.Options)}
	}
	return out
}

func (a *API) getForm(ctx context.Context, in *SessionPath) (*Output[Data[FormField]], error) {
	form, err := a.Store.Form(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &Output[Data[FormField]]{Data[FormField]{fieldsOut(form)}}, nil
}

// FormRequest is the whole form, in its order.
type FormRequest struct {
	Fields []FormFieldRequest `json:"fields" maxItems:"30"`
}

// FormFieldRequest is a question of a form to be saved.
type FormFieldRequest struct {
	ID       appliance.FieldID   `json:"id,omitempty" maxLength:"40" doc:"Of a question that is there already; one that is not known is a new question"`
	Type     appliance.FieldType `json:"type" enum:"Short field,Long field,Email,Options,Multiple,Rating,Number,Date,Consent"`
	Text     string              `json:"text" maxLength:"300"`
	Required bool                `json:"required,omitempty"`
	Options  []string            `json:"options,omitempty" maxItems:"20"`
}

type saveFormInput struct {
	SessionPath
	Body FormRequest
}

// saveForm puts a form in the place of the present one. Who has joined already keeps what was asked then.
func (a *API) saveForm(ctx context.Context, in *saveFormInput) (*Output[Data[FormField]], error) {
	form := make(appliance.Form, len(in.Body.Fields))
	for i, f := range in.Body.Fields {
		form[i] = appliance.FormField(f)
	}
	saved, err := a.Store.SetForm(ctx, callerOf(ctx).By(), in.ID, form)
	if err != nil {
		return nil, err
	}
	return &Output[Data[FormField]]{Data[FormField]{fieldsOut(saved)}}, nil
}

// SessionQuestion is a question of the form with its place, as Harmonica's clients read it.
type SessionQuestion struct {
	ID       appliance.FieldID   `json:"id"`
	Text     string              `json:"text"`
	Position int                 `json:"position" doc:"From 0"`
	Type     appliance.FieldType `json:"type"`
	Required bool                `json:"required"`
	Options  []string            `json:"options"`
}

func (a *API) getQuestions(ctx context.Context, in *SessionPath) (*Output[Data[SessionQuestion]], error) {
	form, err := a.Store.Form(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := make([]SessionQuestion, len(form))
	for i, q := range form {
		out[i] = SessionQuestion{ID: q.ID, Text: q.Text, Position: i, Type: q.Type, Required: q.Required, Options: notNull(q.Options)}
	}
	return &Output[Data[SessionQuestion]]{Data[SessionQuestion]{out}}, nil
}
