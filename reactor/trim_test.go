package reactor

import "testing"

type waitFor struct{ c <-chan struct{} }

func (w waitFor) Run(t *Task) { t.Offload(func() { <-w.c }) }

// TestPoolsShrink runs many tasks at once and takes many buffers; two trims later they must be gone.
func TestPoolsShrink(t *testing.T) {
	r, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Start()
	defer r.Close()
	l := r.loops[0]
	const many = 300
	release := make(chan struct{})
	full, empty := make(chan [2]int, 1), make(chan [2]int, 1)
	l.Post(func() {
		for range many {
			l.Go(waitFor{release})
		}
		var bufs [][]byte
		for range 10 {
			bufs = append(bufs, l.Buf())
		}
		for _, b := range bufs {
			l.PutBuf(b)
		}
	})
	close(release)
	var look func()
	look = func() {
		if l.offloads > 0 || len(l.free) != len(l.tasks) {
			l.Post(look)
			return
		}
		full <- [2]int{len(l.tasks), len(l.bufs.free)}
		l.giveBack()
		l.giveBack()
		empty <- [2]int{len(l.tasks), len(l.bufs.free)}
	}
	l.Post(look)
	if n := <-full; n != [2]int{many, 10} {
		t.Errorf("before: %d tasks, %d buffers", n[0], n[1])
	}
	if n := <-empty; n != [2]int{0, 1} {
		t.Errorf("after: %d tasks, %d buffers", n[0], n[1])
	}
}
