package web

import (
	"strconv"

	"harmonium/appliance"
)

// Turn is one message of a conversation.
type Turn struct {
	ID        appliance.TurnID     `json:"id"`
	Seq       int                  `json:"seq" doc:"From 0 within the conversation, without gaps"`
	Role      appliance.TurnRole   `json:"role" enum:"participant,facilitator"`
	SpeakerID *appliance.SpeakerID `json:"speaker_id" nullable:"true" doc:"Who says it, in a conversation that was brought in: one of its speakers; null in an interview"`
	Content   string               `json:"content"`
	TopicID   *appliance.TopicID   `json:"topic_id" nullable:"true" doc:"What it is about"`
	Move      appliance.Move       `json:"move" enum:",open,ask,probe,reply,care,boundary,language,idea,missed,read_back,close" doc:"Of the facilitator; empty otherwise"`
	MadeBy    string               `json:"made_by" doc:"rules, the name of a model, or empty for a person"`
	Points    []Point              `json:"points" doc:"Of a read-back: what was understood, over the participant's own words"`
	Control   OrNull[Control]      `json:"control" doc:"By what the question can be answered other than in words"`
	Answer    OrNull[Answer]       `json:"answer" doc:"What was answered by a control, or in words that say the same"`
	Prompted  bool                 `json:"prompted" doc:"Of the participant: said to an idea of others that was offered (the move idea), so that it counts as no voice of its own"`
	Spoken    bool                 `json:"spoken" doc:"Its participant has said it aloud; the box wrote it down, and its participant read and sent it. The sound is not kept"`
	Corrects  *appliance.TurnID    `json:"corrects" nullable:"true" doc:"The turn in whose place, as far as a point goes, its participant says this"`
	StartMS   int64                `json:"start_ms" doc:"Within the recording, in milliseconds; 0 where there is none"`
	EndMS     int64                `json:"end_ms" doc:"See start_ms"`
	CreatedAt Time                 `json:"created_at"`
}

// Point is one thing that a read-back says was understood.
type Point struct {
	ID      appliance.PointID    `json:"id"`
	TopicID appliance.TopicID    `json:"topic_id"`
	Topic   string               `json:"topic"`
	TurnID  appliance.TurnID     `json:"turn_id" doc:"The turn in which the words stand"`
	Start   int                  `json:"start" doc:"First byte of the words in that turn's content (UTF-8)"`
	End     int                  `json:"end" doc:"Byte after the last of the words"`
	Text    string               `json:"text" doc:"The words"`
	State   appliance.PointState `json:"state" enum:"open,approved,edited,dropped,withdrawn" doc:"What the participant has decided; the words of a withdrawn point are erased"`
	Use     *appliance.Use       `json:"use" nullable:"true" enum:"quote,paraphrase,count" doc:"How it may be used; null is that of the conversation"`
	Edited  string               `json:"edited" doc:"How the participant says it by now; empty when it stands as it was said"`
}

func turnOut(t appliance.Turn) Turn {
	out := Turn{ID: t.ID, Seq: t.Seq, Role: t.Role, SpeakerID: orNull(t.Speaker), Content: t.Content, TopicID: orNull(t.TopicID), Move: t.Move,
		MadeBy: t.Maker.By, Points: pointsOut(t.Points), Control: controlOut(t.Control), Answer: answerOut(t.Answer),
		Prompted: t.Prompted, Spoken: t.Spoken, Corrects: orNull(t.Corrects), StartMS: t.StartMS, EndMS: t.EndMS, CreatedAt: Time{t.CreatedAt}}
	return out
}

func pointsOut(points []appliance.Point) []Point {
	out := make([]Point, len(points))
	for i, p := range points {
		out[i] = Point{p.ID, p.TopicID, p.Topic, p.Quote.TurnID, p.Quote.Start, p.Quote.End, p.Quote.Text, p.State, orNull(p.Use), p.Edited}
	}
	return out
}

func turnsOut(turns []appliance.Turn) []Turn {
	out := make([]Turn, len(turns))
	for i, t := range turns {
		out[i] = turnOut(t)
	}
	return out
}

// Progress is how far a conversation is, for its participant.
type Progress struct {
	Topics      []ProgressTopic `json:"topics"`
	Done        int             `json:"done" doc:"Topics that are done"`
	MinutesLeft int             `json:"minutes_left" doc:"Expected; 0 at the end"`
}

// ProgressTopic is one step of it.
type ProgressTopic struct {
	ID    appliance.TopicID       `json:"id"`
	Title string                  `json:"title"`
	State appliance.ProgressState `json:"state" enum:"to_come,current,done"`
}

func progressOut(p appliance.Progress) Progress {
	out := Progress{Topics: make([]ProgressTopic, len(p.Topics)), Done: p.Done, MinutesLeft: p.MinutesLeft}
	for i, t := range p.Topics {
		out.Topics[i] = ProgressTopic{t.TopicID, t.Title, t.State}
	}
	return out
}

// pseudonym is what a participant is called where no name is shown; "" for a conversation without one.
func pseudonym(number int) string {
	switch {
	case number == 0:
		return ""
	case number < 0:
		return "Rehearsal " + strconv.Itoa(-number)
	}
	return "Participant " + strconv.Itoa(number)
}
