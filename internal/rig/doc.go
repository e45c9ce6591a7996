// Package rig starts an nginx-like program on a config of the test's own and watches it from outside: its
// answers, its processor time, its memory. The same code drives nginx and Understudy, so that what is measured or
// asserted of one is measured or asserted of the other. Only tests and the benchmark import it.
package rig
