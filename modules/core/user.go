// The user that the process becomes.

package core

import (
	"errors"
	"os"
	"os/user"
	"strconv"

	"understudy/config"
)

// User is `user NAME [GROUP]`. Set is false if there is nobody to become: the process does not run as root.
type User struct {
	Set  bool
	Name string
	UID  int
	GID  int
}

// Parse implements config.Option.
func (u *User) Parse(c *config.Call) error {
	if u.Set {
		return c.Duplicate()
	}
	if os.Geteuid() != 0 {
		c.Warnf(`the "user" directive makes sense only if the master process runs with super-user privileges, ignored`)
		return nil
	}
	group := c.Args[len(c.Args)-1]
	var err error
	if u.UID, err = lookupUser(c.Args[0]); err != nil {
		hint := "make the user, or name one that this machine has (`user root;` keeps the rights you have)"
		return c.Errore(hint, `getpwnam("%s") failed%s`, c.Args[0], cause(err))
	}
	if u.GID, err = lookupGroup(group); err != nil {
		hint := "make the group, or name one that this machine has behind the user: `user NAME GROUP;`"
		return c.Errore(hint, `getgrnam("%s") failed%s`, group, cause(err))
	}
	u.Name, u.Set = c.Args[0], true
	return nil
}

// initial sets nobody for root without a `user` line. A machine that has no such user (an empty container image) keeps root.
func (u *User) initial() error {
	if u.Set || os.Geteuid() != 0 {
		return nil
	}
	uid, err := lookupUser("nobody")
	if err != nil {
		return nil
	}
	for _, group := range []string{"nobody", "nogroup"} {
		if gid, err := lookupGroup(group); err == nil {
			*u = User{Set: true, Name: "nobody", UID: uid, GID: gid}
			return nil
		}
	}
	return nil
}

func lookupUser(name string) (int, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(u.Uid)
}

func lookupGroup(name string) (int, error) {
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(g.Gid)
}

// cause is what nginx appends to a failed lookup: nothing for a name that is not there, else the system's error.
func cause(err error) string {
	var noUser user.UnknownUserError
	var noGroup user.UnknownGroupError
	if errors.As(err, &noUser) || errors.As(err, &noGroup) {
		return ""
	}
	return systemError(err)
}
