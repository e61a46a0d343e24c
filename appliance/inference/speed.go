package inference

import (
	"maps"
	"time"

	"harmonium/appliance/meter"
)

// Speed is how fast a model has been lately, on moving averages.
type Speed struct {
	FirstToken time.Duration // from the slot to the first token
	Read       float64       // tokens of a prompt a second, without what the model still knew of it
	Write      float64       // tokens of answers a second, in one slot
	Answers    int           // so many were measured
}

// fewTokens is below what a rate can be told from.
const fewTokens = 4

// measure adds an answer to what is known of its model's speed.
func (g *Gateway) measure(m Model, a Answer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.speeds[m.Digest]
	if s == nil {
		s = &Speed{}
		g.speeds[m.Digest] = s
	}
	s.Answers++
	if a.FirstToken > 0 {
		s.FirstToken = average(s.FirstToken, a.FirstToken)
	}
	if rest := a.Took - a.FirstToken; a.Tokens >= fewTokens && rest > 0 {
		s.Write = average(s.Write, float64(a.Tokens-1)/rest.Seconds())
	}
	if a.PromptTime > 0 && a.PromptTokens >= fewTokens {
		s.Read = average(s.Read, float64(a.PromptTokens)/a.PromptTime.Seconds())
	}
}

// Speed gives how fast a model has been; false before its first answer.
func (g *Gateway) Speed(m Model) (Speed, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.speeds[m.Digest]
	if s == nil {
		return Speed{}, false
	}
	return *s, true
}

// Failures gives how many requests have failed since the start, by kind. Kinds without any are absent.
func (g *Gateway) Failures() map[Kind]int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.failed)
}

// Load is what the gateway is busy with.
type Load struct {
	Slots       int
	Running     int
	Interactive int // waiting in conversations
	Host        int // waiting for hosts: drafts and changes of guides
	Background  int // waiting in the background
}

// Load gives what is being worked on and what waits.
func (g *Gateway) Load() Load { return g.queue.load() }

// Begun is how many requests were given a slot since the start: whoever knows how many of them were their own can tell
// whether others were at work too.
func (g *Gateway) Begun() int {
	begun, _ := g.queue.alone()
	return begun
}

// laneNames are the names of the lanes in the figures of the box.
var laneNames = [lanes]string{Interactive: "conversations", Host: "hosts", Background: "background"}

// Waits gives how long requests waited for a slot, by the name of their lane: "conversations", "hosts", "background".
func (g *Gateway) Waits() []meter.Distribution { return g.waits.All() }

// Place gives where the first request of an owner stands in a lane; false when none of them waits there.
func (g *Gateway) Place(lane Lane, owner string) (Place, bool) { return g.queue.placeOf(lane, owner) }
