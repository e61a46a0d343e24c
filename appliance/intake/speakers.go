package intake

import (
	"slices"

	"harmonium/appliance"
)

// Speaker is somebody who speaks in the conversations of a file.
type Speaker struct {
	Name  string // "" where none is given
	Asks  bool   // what they say counts as nobody's words
	Turns int
}

// maxSpeakers is how many speakers of a file are told, and can be told to do otherwise.
const maxSpeakers = appliance.MaxSpeakers

// Speakers gives who speaks, in the order in which they begin to; nobody for a table and for a whole session. Those whose numbers in
// that order are in turned do otherwise than their names tell: who only asks says something, and who says something only asks.
func (f *File) Speakers(turned []int) (list []Speaker, err error) {
	if f.Kind != Conversations {
		return nil, nil
	}
	type who struct {
		name string
		asks bool
	}
	numbers := map[who]int{}
	for _, t := range f.Transcripts {
		for i := range t.Utterances {
			u := &t.Utterances[i]
			n, known := numbers[who{u.Speaker, u.Asks}]
			if !known {
				n = len(numbers)
				numbers[who{u.Speaker, u.Asks}] = n
			}
			if n >= maxSpeakers {
				continue
			}
			u.Asks = u.Asks != slices.Contains(turned, n)
			if !known {
				list = append(list, Speaker{Name: u.Speaker, Asks: u.Asks})
			}
			list[n].Turns++
		}
	}
	if len(turned) > 0 && (slices.Min(turned) < 0 || slices.Max(turned) >= len(list)) {
		return nil, appliance.Invalid("turned", "There are %d speakers, numbered from 0. Nothing was stored.", len(list))
	}
	if f.leaveOutSilent(); len(f.Transcripts) == 0 {
		return nil, appliance.Invalid("turned", "Nobody says anything then: all of them only ask. Nothing was stored.")
	}
	return list, nil
}
