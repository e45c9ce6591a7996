package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/config"
	"understudy/parser"
)

// included is a directive whose block holds lines of any kind, includes among them.
type included struct{ lines []string }

func (o *included) Parse(c *config.Call) error {
	var read parser.Visitor
	read = func(d *parser.Directive) error {
		if d.Name == "include" {
			return c.Include(d, read)
		}
		o.lines = append(o.lines, d.Name)
		if d.IsBlock {
			return c.Body(read)
		}
		return nil
	}
	return c.Body(read)
}

type includedSettings struct {
	Lines included `nginx:"test_lines" in:"main" args:"0" block:"yes"`
}

func TestMissingFilesOfNginxsPackagesAreBuiltIn(t *testing.T) {
	module := config.Declare[includedSettings]("test_builtin_module")
	for _, c := range []struct {
		include string
		first   string // "" = an error
	}{
		{"mime.types", "types"},
		{"/usr/local/nginx/conf/mime.types", "types"},
		{"fastcgi_params", "fastcgi_param"},
		{"fastcgi.conf", "fastcgi_param"},
		{"scgi_params", "scgi_param"},
		{"uwsgi_params", "uwsgi_param"},
		{"proxy_params", "proxy_set_header"},
		{"koi-utf", "charset_map"},
		{"koi-win", "charset_map"},
		{"win-utf", "charset_map"},
		{"snippets/fastcgi-php.conf", "fastcgi_split_path_info"},
		{"/usr/local/nginx/conf/snippets/fastcgi-php.conf", "fastcgi_split_path_info"},
		{"nosuch.conf", ""},
		{"snippets", ""},
		{"../nginx.conf/../mime.types", ""},
		{"conf.d/mime.types", ""},
		{"/nonexistent/mime.types", ""},
	} {
		t.Run(c.include, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "nginx.conf")
			if err := os.WriteFile(file, []byte("test_lines {\ninclude "+c.include+";\n}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load(config.NewRegistry(module), config.LoadOptions{Prefix: dir + "/", ConfPrefix: dir + "/", File: file})
			if c.first == "" {
				if err == nil || !strings.Contains(err.Error(), "open() ") {
					t.Errorf("no error of a file that does not exist: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if lines := module.Of(cfg.Main).Lines.lines; len(lines) == 0 || lines[0] != c.first {
				t.Errorf("lines %q", lines)
			}
			if len(cfg.Warnings) == 0 || cfg.Warnings[0].Level != parser.Notice || !strings.Contains(cfg.Warnings[0].Error(), filepath.Base(c.include)+" is used in "+file+":2") {
				t.Errorf("notices %v", cfg.Warnings)
			}
		})
	}
}

func TestFilesThatExistComeBeforeBuiltInOnes(t *testing.T) {
	module := config.Declare[includedSettings]("test_builtin_module")
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	for name, text := range map[string]string{"nginx.conf": "test_lines {\ninclude mime.types;\n}\n", "mime.types": "own x;\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(config.NewRegistry(module), config.LoadOptions{Prefix: dir + "/", ConfPrefix: dir + "/", File: file})
	if err != nil {
		t.Fatal(err)
	}
	if lines := module.Of(cfg.Main).Lines.lines; len(lines) != 1 || lines[0] != "own" || len(cfg.Warnings) != 0 {
		t.Errorf("lines %q, notices %v", lines, cfg.Warnings)
	}
}
