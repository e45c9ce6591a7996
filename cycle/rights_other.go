//go:build !linux

package cycle

import (
	"os"

	"understudy/errlog"
)

// rights: only Linux lets single threads keep the way back to root, so elsewhere the user stays.
type rights struct{}

func (r *rights) drop(u User, log *errlog.Log) error {
	if u.Name != "" && os.Geteuid() == 0 && u.UID != 0 {
		log.Printf(errlog.Notice, 0, "\"user %s\" has no effect on this platform: the process goes on as the user that started it", u.Name)
	}
	return nil
}

func (r *rights) change(from, to User, log *errlog.Log) error {
	if from == to {
		return nil
	}
	return r.drop(to, log)
}

func (r *rights) do(f func()) { f() }
