package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/guide"
)

// ChecksRequest is a brief on its way and questions, to be looked at.
type ChecksRequest struct {
	BriefRequest
	Questions []string           `json:"questions,omitempty" maxItems:"250" doc:"Of a guide, with its follow-ups"`
	Language  appliance.Language `json:"language,omitempty" maxLength:"10" doc:"Recognised by the words of the brief when left out"`
}

// Remark is something that is worth another look. It keeps nobody from anything.
type Remark struct {
	Field string           `json:"field" doc:"topic, goal, critical, context, questions[n]"`
	Code  guide.RemarkCode `json:"code" enum:"vague,leading,double,personal,closed,long,many,blank"`
	Found string           `json:"found" doc:"The words that it is about; empty for the whole"`
}

// Remarks are all of a brief and its questions.
type Remarks struct {
	Remarks []Remark `json:"remarks"`
}

type checkBriefInput struct{ Body ChecksRequest }

// checkBrief looks at a brief and questions by rules, as they are being written. Nothing is kept.
func (a *API) checkBrief(ctx context.Context, in *checkBriefInput) (*Output[Remarks], error) {
	b := appliance.Brief(in.Body.BriefRequest)
	lang := in.Body.Language
	if lang == "" {
		lang, _ = languageFor(callerOf(ctx).Account, b)
	}
	out := Remarks{Remarks: []Remark{}}
	for _, r := range guide.Check(b, in.Body.Questions, lang) {
		out.Remarks = append(out.Remarks, Remark(r))
	}
	return &Output[Remarks]{out}, nil
}

// SuggestionRequest asks for one part of a design.
type SuggestionRequest struct {
	BriefRequest
	Part     guide.Part         `json:"part" enum:"topic,goal,critical,context,welcome_message,consent_text"`
	Language appliance.Language `json:"language,omitempty" maxLength:"10" doc:"Recognised by the words of the brief when left out"`
}

// Suggestion is a proposal for one part of a design. Nothing of it is kept.
type Suggestion struct {
	Text          string `json:"text"`
	MadeBy        string `json:"made_by" doc:"rules, or the name of a model"`
	PromptVersion string `json:"prompt_version"`
}

type suggestInput struct{ Body SuggestionRequest }

// suggestPart proposes one part of a design from the others: with a model where one can be asked, else by rules.
func (a *API) suggestPart(ctx context.Context, in *suggestInput) (*Output[Suggestion], error) {
	b := appliance.Brief(in.Body.BriefRequest)
	lang := in.Body.Language
	if lang == "" {
		lang, _ = languageFor(callerOf(ctx).Account, b)
	}
	text, maker, err := guide.Drafter{Models: a.Models, Owner: waiterOf(ctx)}.Suggest(ctx, in.Body.Part, b, lang, appliance.ModelChoice{})
	if err != nil {
		return nil, err
	}
	return &Output[Suggestion]{Suggestion{text, maker.By, maker.PromptVersion}}, nil
}
