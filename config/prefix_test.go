package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/config"
	"understudy/modules/core"
)

// family stands for what proxy, fastcgi and their like share.
type family struct {
	Bind  config.String `nginx:"_bind" in:"http server"`
	Temp  config.String `nginx:"_temp_path" in:"http server" default:"_temp"`
	Store either        `nginx:"_store" in:"http server" args:"0"`
	Cache either        `nginx:"_cache" in:"http server" args:"0"`
}

type oneOfFamily struct {
	family `prefix:"one"`
	Own    config.String `nginx:"one_own" in:"http server"`
}

type otherOfFamily struct {
	Own    config.String `nginx:"other_own" in:"http server"`
	family `prefix:"other"`
}

// either is a directive that may not stand beside its sibling.
type either struct{ set bool }

func (o *either) Parse(c *config.Call) error {
	if around := config.Around[family](c); around.Store.set || around.Cache.set {
		return c.Errorf("\"%s\" has company", c.Name)
	}
	o.set = true
	return nil
}

func TestASharedStructDeclaresDirectivesUnderEachModulesPrefix(t *testing.T) {
	one, other := config.Declare[oneOfFamily]("ngx_http_one_module"), config.Declare[otherOfFamily]("ngx_http_other_module")
	load := func(text string) (*config.Config, error) {
		file := filepath.Join(t.TempDir(), "nginx.conf")
		if err := os.WriteFile(file, []byte("events {} http { "+text+" }"), 0o644); err != nil {
			t.Fatal(err)
		}
		return config.Load(config.NewRegistry(core.Conf, core.Events, httpModule, one, other), config.LoadOptions{File: file, Prefix: filepath.Dir(file) + "/"})
	}
	c, err := load("one_bind a; other_bind b; one_store; other_cache; one_temp_path elsewhere;")
	if err != nil {
		t.Fatal(err)
	}
	http := c.Main.Children[1]
	if a, b := one.Of(http), other.Of(http); a.Bind.S() != "a" || b.Bind.S() != "b" || a.Temp.S() != "elsewhere" || b.Temp.S() != "other_temp" || !a.Store.set || a.Cache.set {
		t.Errorf("%+v %+v", a, b)
	}
	if _, err := load("other_store; other_cache;"); err == nil || !strings.Contains(err.Error(), "\"other_cache\" has company") {
		t.Error(err)
	}
	if _, err := load("_bind a;"); err == nil {
		t.Error("the name without its prefix is taken")
	}
}
