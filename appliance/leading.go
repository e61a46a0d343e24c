package appliance

// Leading is how conversations are led beside their guide: when rules take the place of a slow model, and what is said
// to somebody who finds something hard to bear. Zero values are not set: a session then follows the box, and the box
// the program.
type Leading struct {
	OfferAfter    int    `json:"offer_after,omitempty"`     // seconds without a word until guided mode is offered
	TakeOverAfter int    `json:"take_over_after,omitempty"` // seconds without a word until it takes over by itself
	HelpText      string `json:"help_text,omitempty"`       // where help is
}

// The waits where nobody has set others, in seconds, and their limits.
const (
	DefaultOfferAfter    = 5
	DefaultTakeOverAfter = 20
	MaxOfferAfter        = 120
	MaxTakeOverAfter     = 300
	MaxHelpText          = 1_000
)

// Over gives l with what it has not set taken from box, and the waits that are set nowhere from the program. Guided mode
// never takes over before it was offered.
func (l Leading) Over(box Leading) Leading {
	first := func(values ...int) int {
		for _, v := range values {
			if v != 0 {
				return v
			}
		}
		return 0
	}
	l.OfferAfter = first(l.OfferAfter, box.OfferAfter, DefaultOfferAfter)
	l.TakeOverAfter = max(l.OfferAfter, first(l.TakeOverAfter, box.TakeOverAfter, DefaultTakeOverAfter))
	if l.HelpText == "" {
		l.HelpText = box.HelpText
	}
	return l
}

// Check adds what is wrong with l to p.
func (l Leading) Check(p *Problems) {
	if l.OfferAfter < 0 || l.OfferAfter > MaxOfferAfter {
		p.Add("offer_after", "Guided mode can be offered after 1 to %d seconds.", MaxOfferAfter)
	}
	if l.TakeOverAfter < 0 || l.TakeOverAfter > MaxTakeOverAfter {
		p.Add("take_over_after", "Guided mode can take over after 1 to %d seconds.", MaxTakeOverAfter)
	}
	if l.OfferAfter > 0 && l.TakeOverAfter > 0 && l.TakeOverAfter < l.OfferAfter {
		p.Add("take_over_after", "Guided mode cannot take over before it is offered. Choose at least %d seconds.", l.OfferAfter)
	}
	CheckText(p, "help_text", l.HelpText, MaxHelpText, false)
}

// Validate says what is wrong with l.
func (l Leading) Validate() error {
	var p Problems
	l.Check(&p)
	return p.Err()
}
