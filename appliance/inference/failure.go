package inference

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/ollama/ollama/api"
)

// Failure is the error of a request that has no answer which can be used. Whoever asked goes on by rules.
type Failure struct {
	Kind Kind
	Err  error // for the log; nil when the kind says all
}

// Kind says why a model gave no answer.
type Kind string

// The kinds of failure.
const (
	Off       Kind = "off"       // no Ollama is set
	Absent    Kind = "absent"    // the Ollama that is set cannot be reached
	Starting  Kind = "starting"  // Ollama is there, and its model is being loaded
	NoModel   Kind = "no_model"  // no model for this work is installed
	Remote    Kind = "remote"    // the model is computed elsewhere, and is never used
	Full      Kind = "full"      // too many requests wait here, or in Ollama
	TooLong   Kind = "too_long"  // the prompt does not fit into the model's context
	Stalled   Kind = "stalled"   // nothing came for too long
	Died      Kind = "died"      // the answer broke off, or the model could not be loaded
	Slow      Kind = "slow"      // its first words come too late for conversations
	CutOff    Kind = "cut_off"   // the answer reached its limit before its end
	Malformed Kind = "malformed" // the answer is not what was asked for, twice
)

// ErrNotAsked is the cause of a Failure of a request that a model was not asked, because it is in trouble since before.
// It says nothing against the request.
var ErrNotAsked = errors.New("the model is in trouble and was not asked")

func (f *Failure) Error() string {
	if f.Err != nil {
		return fmt.Sprintf("inference: %s: %v", f.Kind, f.Err)
	}
	return "inference: " + string(f.Kind)
}

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// KindOf gives the kind of a failure, "" for another error.
func KindOf(err error) Kind {
	var f *Failure
	if errors.As(err, &f) {
		return f.Kind
	}
	return ""
}

// failureOf says what an error of Ollama's client means. Ollama's own words may hold parts of a prompt, so they are not
// kept: only the status is.
func failureOf(err error) *Failure {
	var f *Failure
	var status api.StatusError
	var network net.Error
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &status):
		kind := Died
		switch {
		case status.StatusCode == http.StatusServiceUnavailable:
			kind = Full
		case status.StatusCode == http.StatusNotFound:
			kind = NoModel
		case status.StatusCode == http.StatusBadRequest && strings.Contains(status.ErrorMessage, "context length"):
			kind = TooLong
		}
		return &Failure{Kind: kind, Err: fmt.Errorf("status %d from Ollama", status.StatusCode)}
	case errors.As(err, &network):
		return &Failure{Kind: Absent, Err: errors.New("no connection to Ollama")}
	case errors.Is(err, context.DeadlineExceeded):
		return &Failure{Kind: Stalled}
	}
	return &Failure{Kind: Died, Err: errors.New("the answer of Ollama broke off")}
}
