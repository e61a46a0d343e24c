package export

import (
	"slices"
	"strings"

	"harmonium/appliance"
)

// about says what an export holds, what it does not and why, and who made what is in it.
func (h *handout) about() []string {
	list := []string{h.say("export_rests", h.spoke(), "n", h.spoke())}
	for _, w := range h.withheld() {
		list = append(list, h.say(w.key, w.count, "n", w.count))
	}
	if closed := h.closed(); len(closed) > 0 {
		list = append(list, h.say("export_closed", 0, "parts", strings.Join(closed, ", ")))
	}
	if h.named {
		list = append(list, h.say("export_names", 0))
	} else {
		list = append(list, h.say("export_pseudonyms", 0))
	}
	list = append(list, h.say("export_uses", 0))
	return append(list, h.makers()...)
}

// kept is something that is not in an export as it was said.
type kept struct {
	key   string // of the sentence that tells it
	count int
}

// withheld lists what is not in it, where there is any.
func (h *handout) withheld() []kept {
	w := h.Withheld
	return slices.DeleteFunc([]kept{{"export_left_out", w.LeftOut}, {"export_only_counted", w.OnlyCounted},
		{"export_paraphrased", w.Paraphrased}}, func(k kept) bool { return k.count == 0 })
}

// closed names the parts of the results that are not in it, because who asks does not see them.
func (h *handout) closed() (list []string) {
	for _, part := range []struct {
		tab  appliance.Tab
		name string
	}{{appliance.TabThemes, h.say("themes_title", 0)}, {appliance.TabInsights, h.say("export_insights", 0)}} {
		if !h.opens(part.tab) {
			list = append(list, part.name)
		}
	}
	return list
}

// makers says who made the points, the themes and the answers to insights, and how stable the themes are. Who made the
// report stands with it.
func (h *handout) makers() (list []string) {
	var points, insights []appliance.Maker
	for _, c := range h.Claims {
		points = append(points, c.Maker)
	}
	for _, row := range h.Found.Answers {
		for _, asked := range h.Found.Asked {
			if a, ok := row.Answers[asked.ID]; ok {
				insights = append(insights, a.Maker)
			}
		}
	}
	add := func(key string, makers ...appliance.Maker) {
		if names := h.madeBy(makers); names != "" {
			list = append(list, h.say("export_made", 0, "what", h.say(key, 0), "makers", names))
		}
	}
	add("export_points", points...)
	if b := h.Found.Themes.Codebook; h.opens(appliance.TabThemes) && len(b.Themes) > 0 {
		add("themes_title", b.Maker)
		if b.Repeated > 0 {
			list = append(list, h.say("export_stability", b.Repeated, "n", b.Repeated, "agreed", b.Agreed))
		}
	}
	if h.opens(appliance.TabInsights) {
		add("export_insights", insights...)
	}
	return list
}

// madeBy names makers, each once, in their order.
func (h *handout) madeBy(makers []appliance.Maker) string {
	var names []string
	for _, m := range makers {
		name := h.say("maker_rules", 0, "prompt", m.PromptVersion)
		switch {
		case m.By == appliance.MadeByHand:
			name = h.say("maker_hand", 0)
		case m.Model():
			name = h.say("maker_model", 0, "model", m.By, "prompt", m.PromptVersion)
		}
		if m.By != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// toldBeside says what the facilitator was told beside the guide; "" when nothing.
func (h *handout) toldBeside() string {
	var names []string
	for _, b := range h.Found.Known {
		name := b.Name
		if b.Kind == appliance.BackgroundHandbook {
			name = h.say("handbook", 0)
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return ""
	}
	return h.say("export_background", 0, "names", strings.Join(names, ", "))
}
