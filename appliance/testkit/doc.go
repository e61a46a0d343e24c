// Package testkit is for tests: real parts, made quickly and taken away at the end of the test.
package testkit
