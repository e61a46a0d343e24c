package ollamatest

import (
	"context"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/inference"
)

// Patient has a gateway look often, and lets answers take their time on a busy machine.
var Patient = inference.Timing{
	Probe: 10 * time.Millisecond, FirstToken: time.Minute, Load: time.Minute, Between: time.Minute, Trial: 40 * time.Millisecond,
	Hang: time.Minute,
}

// Gateway gives a gateway to the fake that has looked at it, and that is run until the test ends. It is patient and has
// one slot; change, which may be nil, changes that. Chats does not show what the gateway asked by itself until then.
func (f *Fake) Gateway(change func(*inference.Options)) *inference.Gateway {
	f.tb.Helper()
	o := inference.Options{Base: f.URL, Client: egress.New(egress.Options{}).Client(), Clock: appliance.SystemClock, Timing: Patient}
	if change != nil {
		change(&o)
	}
	g := inference.New(o)
	looked := make(chan struct{}, 1)
	g.Changed(func(s inference.State) {
		if s.Usable() || s.Why == inference.NoModel {
			select {
			case looked <- struct{}{}:
			default:
			}
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { g.Run(ctx) })
	f.tb.Cleanup(func() { cancel(); running.Wait() })
	select {
	case <-looked:
	case <-time.After(time.Minute):
		f.tb.Fatal("the gateway has not found the fake within a minute")
	}
	f.Forget()
	return g
}
