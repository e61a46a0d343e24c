// Package archtest keeps the rules of the source that no compiler knows: who may import whom, that nothing reaches
// the network past the guarded dialer, that time is injected, that SQL is never glued together, that everything
// exported is explained. It holds tests only.
//
// Each rule comes with samples: sources that break it, which it must find, and sources that keep it, which it must
// let pass. A rule that finds nothing in the first proves nothing about the rest.
package archtest
