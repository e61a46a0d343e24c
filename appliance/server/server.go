// Package server puts the appliance together and runs it.
package server
