package models

import (
	"cmp"
	"slices"

	"harmonium/appliance"
)

// usualContext is how many tokens of a conversation a model is given, at most (inference.Context).
const usualContext = 8192

// workspace is what a model takes beside its weights and what it remembers, bytes; a rough figure.
const workspace = 400 << 20

// Memory estimates how many bytes a model takes while it works on so many requests at a time. It is an estimate from its
// file: weights, what it remembers of each conversation, and some room.
func (f Facts) Memory(slots int) int64 {
	context := f.Context
	if context == 0 || context > usualContext {
		context = usualContext
	}
	return f.Weights + f.PerToken*int64(context)*int64(max(slots, 1)) + workspace
}

// Candidate is an installed model when it is to be said which one should do a work.
type Candidate struct {
	Name   string
	Size   int64   // bytes
	Memory int64   // bytes that it takes while it works; 0: not known
	Write  float64 // tokens a second, as measured; 0: not measured
	Hears  bool    // it takes sound
}

// Advice is which model should do a work, and why.
type Advice struct {
	Model string // "" for none
	Why   Reason
}

// Reason is why a model is advised, or none.
type Reason string

// The reasons.
const (
	FitsAndFast    Reason = "fits_and_fast"     // it is the largest that fits into memory and writes as fast as people read
	FitsUnmeasured Reason = "fits_not_tried"    // it fits, and how fast it is was not measured
	LargestFitting Reason = "largest_that_fits" // nobody waits for this work, so the largest that fits does it best
	FastestOfSlow  Reason = "fastest_of_slow"   // all that fit are slower than people read; this one is the least slow
	NoneFits       Reason = "none_fits"         // all that could do it need more memory than the box has
	NoneInstalled  Reason = "none_installed"    // none that is installed can do it
)

// Speeds in tokens a second: what somebody who waits reads at, and below what even work in the background takes hours.
const (
	readingSpeed = 8
	uselessSpeed = 2
)

// memoryShare is how much of the memory of a box a model may take; the rest is for everything else.
const memoryShare = 0.8

// Fits says whether a model that takes so many bytes runs on a box with so much memory; yes where either is not known (0).
func Fits(takes, memory int64) bool {
	return takes == 0 || memory == 0 || float64(takes) <= memoryShare*float64(memory)
}

// Advise says which of the installed models should do the work of a role, by the memory of the box in bytes (0: not
// known) and by the speed that was measured.
func Advise(role appliance.ModelRole, installed []Candidate, memory int64) Advice {
	var able, fit []Candidate
	for _, c := range installed {
		if !slices.Contains(Roles(c.Name), role) && !(c.Hears && role == appliance.ModelTranscriber) {
			continue
		}
		able = append(able, c)
		if Fits(c.Memory, memory) {
			fit = append(fit, c)
		}
	}
	switch {
	case len(able) == 0:
		return Advice{Why: NoneInstalled}
	case len(fit) == 0:
		return Advice{Why: NoneFits}
	}
	appliance.Sort(fit, func(a, b Candidate) int { return cmp.Compare(b.Size, a.Size) })
	waited := role == appliance.ModelFacilitator || role == appliance.ModelCompanion
	least := float64(uselessSpeed)
	if waited {
		least = readingSpeed
	}
	if i := slices.IndexFunc(fit, func(c Candidate) bool { return c.Write >= least }); i >= 0 {
		if waited {
			return Advice{fit[i].Name, FitsAndFast}
		}
		return Advice{fit[i].Name, LargestFitting}
	}
	unmeasured := slices.DeleteFunc(slices.Clone(fit), func(c Candidate) bool { return c.Write > 0 })
	if len(unmeasured) > 0 {
		var names []string
		for _, c := range unmeasured {
			names = append(names, c.Name)
		}
		return Advice{cmp.Or(Default(role, names), unmeasured[0].Name), FitsUnmeasured}
	}
	return Advice{slices.MaxFunc(fit, func(a, b Candidate) int { return cmp.Compare(a.Write, b.Write) }).Name, FastestOfSlow}
}
