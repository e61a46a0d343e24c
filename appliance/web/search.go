package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

type searchInput struct {
	Page
	Q         string              `query:"q" maxLength:"300" doc:"Words; the last one may be only begun"`
	SessionID appliance.SessionID `query:"session_id" doc:"Only in this session"`
	OlderThan int64               `query:"older_than" minimum:"0" doc:"Only what was said before this place: older of an earlier answer"`
}

// SearchHit is a session or a turn that was found.
type SearchHit struct {
	Kind           string                    `json:"kind" enum:"session,turn"`
	SessionID      appliance.SessionID       `json:"session_id"`
	ConversationID *appliance.ConversationID `json:"conversation_id" nullable:"true"`
	TurnID         *appliance.TurnID         `json:"turn_id" nullable:"true"`
	Seq            *int                      `json:"seq" nullable:"true" doc:"Number of the turn in its conversation"`
	Title          string                    `json:"title" doc:"Topic of the session"`
	Participant    string                    `json:"participant" doc:"Pseudonym of who said it; empty for a session"`
	Snippet        []SnippetPart             `json:"snippet" doc:"What stands around the words"`
}

// SnippetPart is a piece of a snippet.
type SnippetPart struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit" doc:"One of the words looked for"`
}

// SearchResults is a page of what was found.
type SearchResults struct {
	List[SearchHit]
	NewestOnly bool   `json:"newest_only" doc:"The words are so common that only the newest turns with them were ranked"`
	Older      *int64 `json:"older" nullable:"true" doc:"Before this place nothing was looked at: the same search with it as older_than looks there; null where all was"`
}

func (a *API) search(ctx context.Context, in *searchInput) (*Output[SearchResults], error) {
	found, err := a.Store.Search(ctx, store.SearchQuery{Account: callerOf(ctx).Account.ID, Session: in.SessionID,
		Text: in.Q, Before: in.OlderThan, Page: store.Page{Limit: in.Limit, Offset: in.Offset}})
	if err != nil {
		return nil, err
	}
	out := SearchResults{List[SearchHit]{make([]SearchHit, len(found.Hits)), Pagination{found.Total, in.Limit, in.Offset}}, found.Newest, orNull(found.Older)}
	for i, h := range found.Hits {
		out.Data[i] = hitOut(h)
	}
	return &Output[SearchResults]{out}, nil
}

func hitOut(h store.SearchHit) SearchHit {
	hit := SearchHit{Kind: "session", SessionID: h.SessionID, Title: h.Topic, Snippet: make([]SnippetPart, len(h.Snippet))}
	for i, p := range h.Snippet {
		hit.Snippet[i] = SnippetPart(p)
	}
	if h.TurnID != "" {
		hit.Kind, hit.ConversationID, hit.TurnID, hit.Seq = "turn", &h.ConversationID, &h.TurnID, &h.Seq
		hit.Participant = pseudonym(h.Number)
	}
	return hit
}
