package synthesis

import (
	"math"
	"strconv"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/paper"
)

// Tallies gives what was answered by controls as a section of a document; nothing when there is nothing.
func Tallies(language appliance.Language, list []appliance.Tally) []paper.Block {
	if len(list) == 0 {
		return nil
	}
	t := textsFor(language)
	blocks := []paper.Block{{Kind: paper.Heading, Level: 2, Text: t.say("tallies", 0)}}
	for i, tally := range list {
		if tally.Chosen && (i == 0 || !list[i-1].Chosen) {
			blocks = append(blocks, paper.Block{Kind: paper.Heading, Level: 3, Text: t.say("tallies_chosen", 0)},
				paper.Block{Text: t.say("tallies_chosen_why", 0)})
		}
		table := t.tallyTable(tally)
		blocks = append(blocks, paper.Block{Kind: paper.Label, Text: tally.Question}, paper.Block{Text: t.tallied(tally)},
			paper.Block{Kind: paper.Grid, Table: &table})
	}
	return blocks
}

// tallied says how many answered, and the middle of a rating.
func (t texts) tallied(tally appliance.Tally) string {
	said := t.say("tally_answered", tally.Answered, "n", tally.Answered, "total", tally.Asked)
	if tally.Control.Type == appliance.ControlRating && tally.Answered > 0 {
		said += " " + t.say("tally_middle", 0, "mean", decimal(tally.Mean()), "median", decimal(tally.Median()))
	}
	return said
}

func (t texts) tallyTable(tally appliance.Tally) paper.Table {
	ranking := tally.Control.Type == appliance.ControlRanking
	table := paper.Table{Columns: []string{t.say("tally_option", 0), t.say("tally_count", 0)}}
	if ranking {
		table.Columns = []string{table.Columns[0], t.say("tally_place", 0), t.say("tally_first", 0)}
	}
	for i, o := range tally.Options {
		label := strconv.Itoa(i + 1)
		if i < len(tally.Control.Options) {
			label = tally.Control.Options[i]
		}
		row := []paper.Cell{label, o.Count}
		if ranking {
			row = []paper.Cell{label, math.Round(o.Place*10) / 10, o.First}
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// decimal is a number with at most one place behind the point.
func decimal(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}
