//go:build !linux

package cache

import "os"

// openCached cannot tell here whether a disk has to be waited for.
func openCached(string, []byte) (opened, error) { return opened{}, errWouldWait }

func readAhead(*os.File) {}

// uniqueOf tells a file from another one in its place: the time of its last change has to do.
func uniqueOf(info os.FileInfo) uint64 { return uint64(info.ModTime().UnixNano()) }

func diskSize(info os.FileInfo) int64 { return info.Size() }

func blockSize(string) int64 { return 512 }

// freeSpace is not known here: min_free has no effect.
func freeSpace(string) int64 { return 1<<63 - 1 }
