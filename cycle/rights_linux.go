// The user that the process serves as. nginx's master stays root and its workers do not; here all
// threads give up root's rights, but keep the way back (the saved user id), and what needs them — binding
// low ports, reading keys, opening logs on a reload — runs on one thread that takes them for that long.

package cycle

import (
	"os"
	"os/user"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"understudy/errlog"
)

// rights is the state of the process's user ids.
type rights struct{ dropped bool }

// drop makes every thread run as the user. Without a user, or when not root, nothing happens.
func (r *rights) drop(u User, log *errlog.Log) error {
	if u.Name == "" || os.Geteuid() != 0 || u.UID == 0 {
		return nil
	}
	groups, err := groupsOf(u)
	if err != nil {
		log.Errorf(errlog.Emerg, 0, err, "initgroups(%s, %d) failed", u.Name, u.GID)
		groups = []int{u.GID}
	}
	if err := syscall.Setgroups(groups); err != nil {
		log.Errorf(errlog.Emerg, 0, err, "initgroups(%s, %d) failed", u.Name, u.GID)
		return errLogged
	}
	if err := syscall.Setresgid(-1, u.GID, 0); err != nil {
		log.Errorf(errlog.Emerg, 0, err, "setgid(%d) failed", u.GID)
		return errLogged
	}
	if err := syscall.Setresuid(-1, u.UID, 0); err != nil {
		log.Errorf(errlog.Emerg, 0, err, "setuid(%d) failed", u.UID)
		return errLogged
	}
	r.dropped = true
	// core dumps and /proc stay usable after the change of user
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
		log.Errorf(errlog.Alert, 0, err, "prctl(PR_SET_DUMPABLE) failed")
	}
	return nil
}

// change makes every thread run as another user after a reload.
func (r *rights) change(from, to User, log *errlog.Log) error {
	if from == to || !r.dropped && os.Geteuid() != 0 {
		return nil
	}
	if r.dropped {
		if err := syscall.Setresuid(-1, 0, -1); err != nil {
			log.Errorf(errlog.Emerg, 0, err, "setuid(0) failed")
			return errLogged
		}
		if err := syscall.Setresgid(-1, 0, -1); err != nil {
			log.Errorf(errlog.Emerg, 0, err, "setgid(0) failed")
			return errLogged
		}
		r.dropped = false
	}
	return r.drop(to, log)
}

// do runs f with the rights that the process was started with. Only f's thread has them: a thread that Go
// starts meanwhile comes from its template thread, never from a locked one.
func (r *rights) do(f func()) {
	if !r.dropped {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		uid, gid := os.Geteuid(), os.Getegid()
		setThread(unix.SYS_SETRESUID, 0)
		setThread(unix.SYS_SETRESGID, 0)
		defer func() {
			if setThread(unix.SYS_SETRESGID, gid) && setThread(unix.SYS_SETRESUID, uid) {
				runtime.UnlockOSThread()
			} // else the thread ends with this goroutine, and its rights with it
		}()
		f()
	}()
	<-done
}

// setThread changes the effective id of this thread alone.
func setThread(call uintptr, id int) bool {
	const keep = ^uintptr(0)
	_, _, errno := unix.RawSyscall(call, keep, uintptr(id), keep)
	return errno == 0
}

// groupsOf lists the groups of a user, its own first.
func groupsOf(u User) ([]int, error) {
	groups := []int{u.GID}
	account, err := user.Lookup(u.Name)
	if err != nil {
		return groups, err
	}
	ids, err := account.GroupIds()
	if err != nil {
		return groups, err
	}
	for _, id := range ids {
		if n, err := strconv.Atoi(id); err == nil && n != u.GID {
			groups = append(groups, n)
		}
	}
	return groups, nil
}
