//go:build unix

package errlog

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// TestLinesIntoAPipeSurviveReopening: a pipe's file may be replaced any number of times while a line is on its way.
func TestLinesIntoAPipeSurviveReopening(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	files := NewFiles()
	f := files.Add(name)
	if err := files.Open(); err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	const writers, each = 8, 500
	read := make(chan int)
	go func() {
		n, buf := 0, make([]byte, 4096)
		for n < writers*each {
			got, err := reader.Read(buf)
			if err != nil {
				break
			}
			n += bytes.Count(buf[:got], []byte("\n"))
		}
		read <- n
	}()
	var writing, reopening sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for range each {
				if _, err := f.Write([]byte("line\n")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	reopening.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				files.Reopen(func(err error) { t.Error(err) })
			}
		}
	})
	writing.Wait()
	close(done)
	reopening.Wait()
	if t.Failed() {
		return // a line is missing, for which the reader would wait; it ends with its file
	}
	if n := <-read; n != writers*each {
		t.Errorf("%d lines, want %d", n, writers*each)
	}
}
