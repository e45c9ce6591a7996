// Trees: gonginx's model of our reading, and why gonginx's own reader does not run configs.

package parser

import (
	"testing"

	gonginx "github.com/tufanbarisyildirim/gonginx/config"
	gonginxparser "github.com/tufanbarisyildirim/gonginx/parser"
)

func TestTreeIsGonginxs(t *testing.T) {
	tree, err := ParseString("http {\n # c\n server { listen 80; }\n include x.conf;\n}\n# end")
	if err != nil {
		t.Fatal(err)
	}
	found := tree.FindDirectives("listen")
	if len(found) != 1 || found[0].GetLine() != 3 || found[0].GetParent().GetName() != "server" {
		t.Errorf("listen: %v", found)
	}
	if n := len(tree.FindDirectives("include")); n != 1 {
		t.Errorf("%d includes", n)
	}
	server := tree.FindDirectives("server")[0]
	if got := server.GetComment(); len(got) != 1 || got[0] != "# c" {
		t.Errorf("comment %q", got)
	}
}

func TestParseReportsErrors(t *testing.T) {
	if _, err := ParseString("a {"); err == nil || err.Error() != `unexpected end of file, expecting "}"` {
		t.Errorf("err %v", err)
	}
	if _, err := Parse("/nonexistent", Options{}); err == nil {
		t.Error("a missing file gave no error")
	}
}

// TestGonginxReaderDiffers keeps the reasons honest for which gonginx's own reader does not run configs.
// When one fails, gonginx has been mended there.
func TestGonginxReaderDiffers(t *testing.T) {
	read := func(text string) (c *gonginx.Config, err error, panicked any) {
		defer func() { panicked = recover() }()
		c, err = gonginxparser.NewStringParser(text, gonginxparser.WithSkipValidDirectivesErr()).Parse()
		return c, err, nil
	}
	t.Run("a backtick is a quote", func(t *testing.T) {
		c, err, panicked := read("foo `a b`;")
		if err != nil || panicked != nil {
			t.Fatal(err, panicked)
		}
		if got := c.Directives[0].GetParameters(); len(got) != 1 {
			t.Errorf("parameters %v", got)
		}
		tree, err := ParseString("foo `a b`;")
		if err != nil || len(tree.Directives[0].GetParameters()) != 2 {
			t.Errorf("ours: %v %v", tree, err)
		}
	})
	t.Run("an unclosed quote is not nginx's error", func(t *testing.T) {
		_, err, panicked := read("foo 'a b;")
		_, ours := ParseString("foo 'a b;")
		if panicked == nil && (err == nil || err.Error() == ours.Error()) {
			t.Errorf("err %v", err)
		}
	})
	t.Run("bytes that are not UTF-8 are replaced", func(t *testing.T) {
		c, err, panicked := read("foo caf\xe9;")
		if err != nil || panicked != nil {
			t.Fatal(err, panicked)
		}
		if got := c.Directives[0].GetParameters()[0].Value; got == "caf\xe9" {
			t.Errorf("kept as %q", got)
		}
	})
	t.Run("a block has the line of its closing brace", func(t *testing.T) {
		c, err, panicked := read("foo {\n a b;\n}\n")
		if err != nil || panicked != nil {
			t.Fatal(err, panicked)
		}
		if got := c.Directives[0].GetLine(); got == 1 {
			t.Error("the block's line is its first")
		}
	})
	t.Run("escapes stay in", func(t *testing.T) {
		c, err, panicked := read(`foo "a\"b";`)
		if err != nil || panicked != nil {
			t.Fatal(err, panicked)
		}
		if got := c.Directives[0].GetParameters()[0].Value; got != `"a\"b"` {
			t.Errorf("value %q", got)
		}
	})
}
