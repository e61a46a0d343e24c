package synthesis

// How much a model is asked when a session grows.
const (
	smallSession = 20 // conversations, in a smaller one all that has changed is written anew
	asksEach     = 2  // times that a model is asked for one more conversation, beside reading it
)

// spare is how often a model may still be asked in one run, beside what cannot wait. One more conversation in a large
// session is to cost one more conversation, and not all of the report: what is over waits for the next run.
type spare struct {
	limited bool
	left    int
}

// has says whether n more times are left.
func (s *spare) has(n int) bool { return !s.limited || s.left >= n }

// spend takes n times away.
func (s *spare) spend(n int) { s.left -= n }

// grown says whether there are so many more than before, or so many fewer, that what was made of them is no longer of
// them.
func grown(before, now int) bool { return now*4 > before*5 || now*5 < before*4 }
