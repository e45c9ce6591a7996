//go:build unix && !linux && !freebsd && !dragonfly

package cycle

func limitValue(n int64) uint64 { return uint64(n) }
