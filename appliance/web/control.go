package web

import (
	"strconv"

	"harmonium/appliance"
)

// Control is a way of answering a question other than by writing.
type Control struct {
	Type    appliance.ControlType `json:"type" enum:"single,multiple,rating,ranking"`
	Options []string              `json:"options,omitempty" maxItems:"10" doc:"Of a choice or a ranking, 2 to 10"`
	Scale   int                   `json:"scale,omitempty" minimum:"0" maximum:"10" doc:"Of a rating, which goes from 1 to so much"`
	Low     string                `json:"low,omitempty" maxLength:"40" doc:"What 1 means"`
	High    string                `json:"high,omitempty" maxLength:"40" doc:"What the highest number means"`
}

// Answer is what somebody answered by a control.
type Answer struct {
	TurnID appliance.TurnID `json:"turn_id" maxLength:"40" doc:"The facilitator's turn with the question"`
	Chosen []int            `json:"chosen,omitempty" maxItems:"10" doc:"Places among the options, from 0; of a ranking in its order"`
	Rating int              `json:"rating,omitempty" doc:"Of a rating"`
}

func controlOut(c *appliance.Control) (out OrNull[Control]) {
	if c != nil {
		control := Control(*c)
		out.Value = &control
	}
	return out
}

func (c *Control) domain() *appliance.Control {
	if c == nil {
		return nil
	}
	control := appliance.Control(*c)
	return &control
}

func answerOut(a *appliance.ControlAnswer) (out OrNull[Answer]) {
	if a != nil {
		answer := Answer(*a)
		out.Value = &answer
	}
	return out
}

// WidgetSpec is a control in the words of Harmonica's API.
type WidgetSpec struct {
	Root Widget `json:"root"`
}

// Widget is a control or one of its options.
type Widget struct {
	Type     string         `json:"type" enum:"SingleSelect,MultiSelect,RatingScale,RankingList,Option"`
	Props    map[string]any `json:"props"`
	Children []Widget       `json:"children"`
}

var widgetTypes = map[appliance.ControlType]string{
	appliance.ControlSingle:   "SingleSelect",
	appliance.ControlMultiple: "MultiSelect",
	appliance.ControlRating:   "RatingScale",
	appliance.ControlRanking:  "RankingList",
}

// widgetSpec gives the control of a turn; nil for a turn without one.
func widgetSpec(t appliance.Turn) *WidgetSpec {
	if t.Control == nil {
		return nil
	}
	c := t.Control
	root := Widget{Type: widgetTypes[c.Type], Props: map[string]any{"id": t.ID}, Children: []Widget{}}
	if c.Type == appliance.ControlRating {
		root.Props["min"], root.Props["max"] = 1, c.Scale
		root.Props["min_label"], root.Props["max_label"] = c.Low, c.High
	}
	for i, o := range c.Options {
		root.Children = append(root.Children, Widget{Type: "Option", Children: []Widget{},
			Props: map[string]any{"value": strconv.Itoa(i + 1), "label": o}})
	}
	return &WidgetSpec{root}
}
