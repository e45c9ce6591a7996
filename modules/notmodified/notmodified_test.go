package notmodified

import "testing"

func TestEntityTagsAreFoundInLists(t *testing.T) {
	for _, c := range []struct {
		list, tag string
		weak      bool
		want      bool
	}{
		{`*`, ``, false, true},
		{`*, "a"`, `"a"`, false, true},
		{`"a"`, ``, false, false},
		{`"a"`, `"a"`, false, true},
		{`"b", "a"`, `"a"`, false, true},
		{`"b" , "a" ,"c"`, `"a"`, false, true},
		{`"b","c"`, `"a"`, false, false},
		{`"a"x`, `"a"`, false, false},
		{`"a"x, "a"`, `"a"`, false, true},
		{`W/"a"`, `"a"`, false, false},
		{`W/"a"`, `"a"`, true, true},
		{`W/"a"`, `W/"a"`, true, true},
		{`W/"a"`, `W/"a"`, false, true},
		{`"a"`, `W/"a"`, true, true},
		{`"a"`, `W/"a"`, false, false},
		{`"b", W/"a"`, `"a"`, true, true},
		{``, `"a"`, true, false},
		{`,,`, `"a"`, true, false},
	} {
		var tag []byte
		if c.tag != "" {
			tag = []byte(c.tag)
		}
		if got := matches([]byte(c.list), tag, c.weak); got != c.want {
			t.Errorf("%s in %s, weak %v: %v", c.tag, c.list, c.weak, got)
		}
	}
}
