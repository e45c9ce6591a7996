//go:build !linux

package reactor_test

var driverNames = []string{"portable"}
