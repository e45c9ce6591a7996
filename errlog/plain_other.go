//go:build !linux

package errlog

import "os"

func isPlain(*os.File) bool { return false }

func appendPlain(f *os.File, p []byte) (int, error) { return f.Write(p) }
