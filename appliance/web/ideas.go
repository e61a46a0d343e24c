package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Ideas is what is put together in a session out of what its participants say, to be offered to others.
type Ideas struct {
	On      bool        `json:"on" doc:"Ideas may be offered"`
	Minimum int         `json:"minimum" doc:"Other people who must have spoken to a topic before"`
	Topics  []IdeaTopic `json:"topics" doc:"Of the guide in use"`
	Ideas   []Idea      `json:"ideas" doc:"That there are now"`
	Offers  []IdeaOffer `json:"offers" doc:"The newest first. One is gone when somebody whose claim it rested on takes that back"`
}

// IdeaTopic is a topic with the people whose claims can be put together.
type IdeaTopic struct {
	ID     appliance.TopicID `json:"id"`
	Title  string            `json:"title"`
	People int               `json:"people" doc:"Who have finished and let what they said to it be shown; the most in one language"`
}

// Idea is what several participants say to a topic, in words of the group.
type Idea struct {
	ID      appliance.IdeaID   `json:"id"`
	TopicID appliance.TopicID  `json:"topic_id"`
	Kind    appliance.IdeaKind `json:"kind" enum:"convergence,tension,outlier" doc:"convergence: many say it; tension: some are for it and some against; outlier: few say it, where many spoke"`
	Words   []string           `json:"words" doc:"What it is about, as several of its people have written it"`
	Text    string             `json:"text" doc:"As it would be offered"`
	MadeBy  string             `json:"made_by" doc:"rules, or the name of the model that worded it"`
	People  int                `json:"people" doc:"Whose claims it rests on; it is offered to no more people than that"`
	Pool    int                `json:"pool" doc:"People whose claims to the topic were looked at"`
	Claims  []IdeaClaim        `json:"claims"`
}

// IdeaClaim is a claim that an idea rests on.
type IdeaClaim struct {
	Participant    string                   `json:"participant" doc:"Pseudonym"`
	Number         int                      `json:"number" doc:"Of the participant in the session"`
	ConversationID appliance.ConversationID `json:"conversation_id"`
	Seq            int                      `json:"seq" doc:"Number of a turn in which it was said"`
	Text           string                   `json:"text" doc:"Empty where it may not be shown any more"`
	Stance         int                      `json:"stance" doc:"In a tension: 1 speaks for it, -1 against it; else 0"`
}

// IdeaOffer is an idea that was offered to a participant, as it was then.
type IdeaOffer struct {
	Participant    string                   `json:"participant" doc:"Pseudonym of whom it was offered to"`
	Number         int                      `json:"number"`
	ConversationID appliance.ConversationID `json:"conversation_id"`
	Seq            int                      `json:"seq" doc:"Number of the turn that offered it"`
	TopicID        appliance.TopicID        `json:"topic_id"`
	Kind           appliance.IdeaKind       `json:"kind" enum:"convergence,tension,outlier"`
	Words          []string                 `json:"words" doc:"None of which the participant had said before"`
	Text           string                   `json:"text"`
	MadeBy         string                   `json:"made_by"`
	People         int                      `json:"people"`
	Pool           int                      `json:"pool" doc:"Other people whose claims to the topic were looked at"`
	Carried        int                      `json:"carried" doc:"To how many others claims of it had been carried before"`
	Replied        bool                     `json:"replied" doc:"Something was said to it, were it only that it be left out"`
	CreatedAt      Time                     `json:"created_at"`
	Claims         []IdeaClaim              `json:"claims"`
}

func (a *API) getIdeas(ctx context.Context, in *SessionPath) (*Output[Ideas], error) {
	session, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	used, err := a.Store.Guide(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	of, err := a.Store.IdeasOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := Ideas{On: session.CrossPollination, Minimum: session.PollinationMinimum, Topics: make([]IdeaTopic, len(used.Guide.Topics)),
		Ideas: make([]Idea, len(of.Ideas)), Offers: make([]IdeaOffer, len(of.Offers))}
	for i, t := range used.Guide.Topics {
		out.Topics[i] = IdeaTopic{t.ID, t.Title, of.People[t.ID]}
	}
	for i, idea := range of.Ideas {
		out.Ideas[i] = Idea{ID: idea.ID, TopicID: idea.TopicID, Kind: idea.Kind, Words: idea.Words, Text: idea.Text, MadeBy: idea.Maker.By,
			People: idea.People, Pool: idea.Pool, Claims: ideaClaimsOut(of.Rests[idea.ID])}
	}
	for i, o := range of.Offers {
		out.Offers[i] = IdeaOffer{Participant: pseudonym(o.Number), Number: o.Number, ConversationID: o.ConversationID, Seq: o.Seq,
			TopicID: o.TopicID, Kind: o.Kind, Words: o.Words, Text: o.Text, MadeBy: o.Maker.By, People: o.People, Pool: o.Pool,
			Carried: o.Carried, Replied: o.Replied, CreatedAt: Time{o.CreatedAt}, Claims: ideaClaimsOut(of.Sources[o.TurnID])}
	}
	return &Output[Ideas]{out}, nil
}

func ideaClaimsOut(list []store.IdeaEvidence) []IdeaClaim {
	out := make([]IdeaClaim, len(list))
	for i, e := range list {
		out[i] = IdeaClaim{pseudonym(e.Number), e.Number, e.ConversationID, e.Seq, e.Text, e.Stance}
	}
	return out
}
