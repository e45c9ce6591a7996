//go:build freebsd || dragonfly

package cycle

func limitValue(n int64) int64 { return n }
