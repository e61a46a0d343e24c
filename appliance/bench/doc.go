// Package bench measures the built program from outside, over HTTP and WebSocket, with the load generator on the same
// machine. It has benchmarks only: `make bench` runs them and writes the table of BENCHMARKS.md. Figures are compared
// within one run; a figure alone says more about the machine than about the program.
package bench
