package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// ConversationItem is a conversation as lists and the live page show it.
type ConversationItem struct {
	ID              appliance.ConversationID    `json:"id"`
	ParticipantID   appliance.ParticipantID     `json:"participant_id"`
	Number          int                         `json:"number" doc:"Of the participant in the session, from 1; 0 when there is none, from -1 down in rehearsals"`
	ParticipantName string                      `json:"participant_name" doc:"The pseudonym, or the name where who asks may see it"`
	Rehearsal       appliance.Character         `json:"rehearsal" enum:",host,plain,terse,talkative,hostile,off_topic,second_language" doc:"Who speaks, in a rehearsal; empty otherwise"`
	Title           string                      `json:"title"`
	Source          appliance.Source            `json:"source" enum:"interview,recording,text" doc:"recording and text: a meeting, which /meetings knows by the same id"`
	State           appliance.ConversationState `json:"state" enum:"active,finished"`
	Ended           appliance.Ending            `json:"ended" enum:",complete,early,closed"`
	Included        bool                        `json:"included" doc:"Counts in results, search and exports"`
	Language        appliance.Language          `json:"language"`
	Turns           int                         `json:"turns" doc:"Of the participant"`
	Words           int                         `json:"words" doc:"Of the participant"`
	Waiting         string                      `json:"waiting" enum:"participant,facilitator,nobody" doc:"Whose turn is next"`
	TopicsDone      int                         `json:"topics_done"`
	TopicsTotal     int                         `json:"topics_total"`
	MinutesLeft     int                         `json:"minutes_left"`
	Coverage        []Coverage                  `json:"coverage" doc:"Of the topics touched so far"`
	CreatedAt       Time                        `json:"created_at"`
	LastTurnAt      Time                        `json:"last_turn_at"`
	FinishedAt      *Time                       `json:"finished_at" nullable:"true"`
	DistressAt      *Time                       `json:"distress_at" nullable:"true" doc:"When something was last said that is hard to bear for the participant; null when nothing was"`
}

// Coverage says how far a conversation has got with one topic.
type Coverage struct {
	TopicID   appliance.TopicID `json:"topic_id"`
	Asked     bool              `json:"asked"`
	Answered  bool              `json:"answered"`
	Depth     int               `json:"depth" doc:"0 nothing, 1 thin, 2 a reason or an example, 3 both"`
	FollowUps int               `json:"follow_ups" doc:"Asked so far"`
	Seconds   int               `json:"seconds" doc:"That the participant took for it, without long pauses"`
}

// Conversation is a whole conversation, for those who may read it.
type Conversation struct {
	ConversationItem
	SessionID   appliance.SessionID `json:"session_id"`
	Email       string              `json:"participant_email" doc:"The e-mail address, where it was given and who asks may see it"`
	Form        []GivenAnswer       `json:"form" doc:"What was answered before the conversation"`
	ConsentedAt *Time               `json:"consented_at" nullable:"true"`
	Use         appliance.Use       `json:"use" enum:"quote,paraphrase,count" doc:"How its words may be used in results, where its participant has chosen nothing else for single points"`
	Rating      int                 `json:"rating" doc:"1 to 4: how well the participant was understood; 0 when not told, and for who may only view the session"`
	Speakers    []Speaker           `json:"speakers" doc:"Who speaks, where the conversation was brought in; empty for an interview"`
	TurnsList   []Turn              `json:"turns_list" doc:"Words that may only be counted, and those taken back, are masked"`
	Topics      []TopicName         `json:"topics" doc:"Of the guide by which it is led"`
	Folded      int                 `json:"folded" doc:"So many turns at its beginning do not fit into a model's context; models are told the facts in their place"`
	Facts       []Fact              `json:"facts" doc:"What is kept of these turns"`
}

// Fact is what models are told of a turn that no longer fits, over the words on which it rests.
type Fact struct {
	Seq    int    `json:"seq" doc:"Number of the turn"`
	Text   string `json:"text" doc:"As models are told it: the words themselves, or what a model made of them"`
	Words  string `json:"words" doc:"The participant's own words"`
	MadeBy string `json:"made_by" doc:"rules, or the name of a model"`
}

// GivenAnswer is what a participant answered to one question of the form.
type GivenAnswer struct {
	QuestionID appliance.FieldID   `json:"question_id"`
	Text       string              `json:"text" doc:"The question as it was asked"`
	Type       appliance.FieldType `json:"type"`
	Values     []string            `json:"values"`
}

// TopicName names a topic of a guide.
type TopicName struct {
	ID    appliance.TopicID `json:"id"`
	Title string            `json:"title"`
}

func itemOut(l store.ConversationListing, names bool) ConversationItem {
	item := ConversationItem{
		ID: l.ID, ParticipantID: l.ParticipantID, Number: l.Number, ParticipantName: pseudonym(l.Number), Rehearsal: l.Rehearsal, Title: l.Title, Source: l.Source,
		State: l.State, Ended: l.Ended, Included: l.Included, Language: l.Language, Turns: l.Turns, Words: l.Words,
		Waiting: "participant", TopicsDone: l.Progress.Done, TopicsTotal: len(l.Progress.Topics),
		MinutesLeft: l.Progress.MinutesLeft, Coverage: make([]Coverage, len(l.Coverage)), CreatedAt: Time{l.CreatedAt},
		LastTurnAt: Time{l.LastTurnAt}, FinishedAt: timeOrNull(l.FinishedAt), DistressAt: timeOrNull(l.DistressAt),
	}
	switch {
	case l.State == appliance.ConversationFinished:
		item.Waiting = "nobody"
	case l.Owed:
		item.Waiting = "facilitator"
	}
	if names && l.Name != "" {
		item.ParticipantName = l.Name
	}
	for i, c := range l.Coverage {
		item.Coverage[i] = Coverage(c)
	}
	return item
}

// showsNames says whether the caller may see the names that participants of a session gave.
func (a *API) showsNames(ctx context.Context, id appliance.SessionID) (bool, error) {
	session, err := a.Store.Session(ctx, id)
	if err != nil || session.Anonymous {
		return false, err
	}
	return a.edits(ctx, id)
}

// edits says whether the caller is an editor of a session, or more.
func (a *API) edits(ctx context.Context, id appliance.SessionID) (bool, error) {
	role, err := a.Store.RoleOnSession(ctx, callerOf(ctx).Account.ID, id)
	return role.AtLeast(appliance.RoleEditor), err
}

type listConversationsInput struct {
	SessionPath
	Page
}

func (a *API) listConversations(ctx context.Context, in *listConversationsInput) (*Output[List[ConversationItem]], error) {
	names, err := a.showsNames(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list, total, err := a.Store.Conversations(ctx, in.ID, store.Page{Limit: in.Limit, Offset: in.Offset})
	if err != nil {
		return nil, err
	}
	out := List[ConversationItem]{make([]ConversationItem, len(list)), Pagination{total, in.Limit, in.Offset}}
	for i, l := range list {
		out.Data[i] = itemOut(l, names)
	}
	return &Output[List[ConversationItem]]{out}, nil
}

// ConversationPath names a conversation.
type ConversationPath struct {
	ID appliance.ConversationID `path:"id" doc:"Id of the conversation" example:"cnv_7k2m9q4x1c8v5b3n"`
}

func (a *API) getConversation(ctx context.Context, in *ConversationPath) (*Output[Conversation], error) {
	l, err := a.Store.ConversationListing(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	names, err := a.showsNames(ctx, l.SessionID)
	if err != nil {
		return nil, err
	}
	edits, err := a.edits(ctx, l.SessionID)
	if err != nil {
		return nil, err
	}
	if !edits {
		l.Rating = 0
	}
	turns, err := a.Store.TurnsFor(ctx, store.ForReaders, in.ID)
	if err != nil {
		return nil, err
	}
	out := Conversation{ConversationItem: itemOut(l, names), SessionID: l.SessionID, Form: []GivenAnswer{}, Use: l.Use, Rating: l.Rating,
		Speakers: []Speaker{}, TurnsList: turnsOut(turns), Topics: make([]TopicName, len(l.Progress.Topics))}
	for i, t := range l.Progress.Topics {
		out.Topics[i] = TopicName{t.TopicID, t.Title}
	}
	if out.Speakers, err = a.speakersOf(ctx, in.ID, names); err != nil {
		return nil, err
	}
	facts, folded, err := a.Store.Facts(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out.Folded, out.Facts = folded, make([]Fact, len(facts))
	for i, f := range facts {
		out.Facts[i] = Fact{Seq: f.Seq, Text: f.Text, Words: f.Quote.Text, MadeBy: f.Maker.By}
		if f.Text == "" {
			out.Facts[i].Text = f.Quote.Text
		}
	}
	if l.ParticipantID != "" {
		p, err := a.Store.Participant(ctx, l.ParticipantID)
		if err != nil {
			return nil, err
		}
		out.ConsentedAt = timeOrNull(p.ConsentedAt)
		if names {
			out.Email = p.Email
		}
		for _, answer := range p.Answers {
			if answer.Type == appliance.FieldEmail && !names {
				continue // as good as a name
			}
			out.Form = append(out.Form, GivenAnswer{answer.FieldID, answer.Text, answer.Type, notNull(answer.Values)})
		}
	}
	return &Output[Conversation]{out}, nil
}

// ConversationPatch is what can be changed about a conversation. What was said cannot.
type ConversationPatch struct {
	Included *bool `json:"included,omitempty" doc:"Counts in results, search and exports"`
}

type updateConversationInput struct {
	ConversationPath
	Body ConversationPatch
}

func (a *API) updateConversation(ctx context.Context, in *updateConversationInput) (*Output[ConversationItem], error) {
	if in.Body.Included != nil {
		if err := a.Store.SetIncluded(ctx, callerOf(ctx).By(), in.ID, *in.Body.Included); err != nil {
			return nil, err
		}
	}
	l, err := a.Store.ConversationListing(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	names, err := a.showsNames(ctx, l.SessionID)
	if err != nil {
		return nil, err
	}
	if refuseProgram(ctx, l.Restricted) != nil {
		l.Title = ""
	}
	return &Output[ConversationItem]{itemOut(l, names)}, nil
}

func (a *API) deleteConversation(ctx context.Context, in *ConversationPath) (*Output[Deletion], error) {
	a.Voice.Forget(in.ID)
	a.Scribe.Forget(in.ID)
	d, err := a.Engine.Erase(ctx, callerOf(ctx).By(), in.ID)
	if err != nil {
		return nil, err
	}
	return &Output[Deletion]{deletionOf(d)}, nil
}
