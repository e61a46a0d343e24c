package synthesis

import (
	"fmt"
	"strconv"
	"strings"

	"harmonium/appliance"
)

// TalliesMarkdown gives what was answered by controls as a section of a Markdown document; "" when there is nothing.
func TalliesMarkdown(language appliance.Language, list []appliance.Tally) string {
	if len(list) == 0 {
		return ""
	}
	t := textsFor(language)
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n", t.say("tallies", 0))
	for i, tally := range list {
		if tally.Chosen && (i == 0 || !list[i-1].Chosen) {
			fmt.Fprintf(&b, "### %s\n\n%s\n\n", t.say("tallies_chosen", 0), t.say("tallies_chosen_why", 0))
		}
		fmt.Fprintf(&b, "**%s**\n\n%s\n\n", escape(tally.Question), escape(t.tallied(tally)))
		t.table(&b, tally)
	}
	return b.String()
}

// tallied says how many answered, and the middle of a rating.
func (t texts) tallied(tally appliance.Tally) string {
	said := t.say("tally_answered", tally.Answered, "n", tally.Answered, "total", tally.Asked)
	if tally.Control.Type == appliance.ControlRating && tally.Answered > 0 {
		said += " " + t.say("tally_middle", 0, "mean", decimal(tally.Mean()), "median", decimal(tally.Median()))
	}
	return said
}

func (t texts) table(b *strings.Builder, tally appliance.Tally) {
	ranking := tally.Control.Type == appliance.ControlRanking
	head := []string{t.say("tally_option", 0), t.say("tally_count", 0)}
	if ranking {
		head = []string{t.say("tally_option", 0), t.say("tally_place", 0), t.say("tally_first", 0)}
	}
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for i, o := range tally.Options {
		label := strconv.Itoa(i + 1)
		if i < len(tally.Control.Options) {
			label = escape(tally.Control.Options[i])
		}
		if ranking {
			fmt.Fprintf(b, "| %s | %s | %d |\n", label, decimal(o.Place), o.First)
		} else {
			fmt.Fprintf(b, "| %s | %d |\n", label, o.Count)
		}
	}
	b.WriteByte('\n')
}

// decimal is a number with at most one place behind the point.
func decimal(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}
