// Reading of nginx's C source: the tables of commands.

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"understudy/config"
)

var (
	comments   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	tables     = regexp.MustCompile(`(?s)ngx_command_t\s+(\w+)\[\]\s*=\s*\{(.*?)\n\};`)
	commands   = regexp.MustCompile(`(?s)\{\s*ngx_string\("([^"]+)"\),\s*([A-Z0-9_|\s]+?),`)
	moduleDefs = regexp.MustCompile(`(?s)ngx_module_t\s+(\w+)\s*=\s*\{\s*NGX_MODULE_V1,\s*&?\w+,[^,]*?(\w+),`)
	versions   = regexp.MustCompile(`#define NGINX_VERSION\s+"([^"]+)"`)
)

// readSource collects every command of every module.
func readSource(dir string) (rows []row, version string, err error) {
	head, err := os.ReadFile(filepath.Join(dir, "src/core/nginx.h"))
	if err != nil {
		return nil, "", err
	}
	m := versions.FindSubmatch(head)
	if m == nil {
		return nil, "", fmt.Errorf("no version in nginx.h")
	}
	version = string(m[1])
	err = filepath.WalkDir(filepath.Join(dir, "src"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".c" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found, err := readFile(comments.ReplaceAllString(string(text), " "))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		rows = append(rows, found...)
		return nil
	})
	return rows, version, err
}

func readFile(text string) ([]row, error) {
	modules := map[string]string{} // by name of the table
	for _, m := range moduleDefs.FindAllStringSubmatch(text, -1) {
		modules[m[2]] = m[1]
	}
	var rows []row
	for _, t := range tables.FindAllStringSubmatch(text, -1) {
		module := modules[t[1]]
		if module == "" {
			return nil, fmt.Errorf("no module uses %s", t[1])
		}
		found := commands.FindAllStringSubmatch(t[2], -1)
		if want := strings.Count(t[2], "ngx_string("); len(found) != want {
			return nil, fmt.Errorf("%s: %d commands read, %d expected", t[1], len(found), want)
		}
		for _, c := range found {
			r, err := command(c[1], module, c[2])
			if err != nil {
				return nil, err
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

var contextFlags = map[string]config.Context{
	"NGX_MAIN_CONF": config.Main, "NGX_EVENT_CONF": config.Events, "NGX_ANY_CONF": config.AnyContext,
	"NGX_HTTP_MAIN_CONF": config.HTTP, "NGX_HTTP_SRV_CONF": config.Server, "NGX_HTTP_LOC_CONF": config.Location,
	"NGX_HTTP_UPS_CONF": config.Upstream, "NGX_HTTP_SIF_CONF": config.ServerIf, "NGX_HTTP_LIF_CONF": config.If,
	"NGX_HTTP_LMT_CONF": config.LimitExcept, "NGX_STREAM_MAIN_CONF": config.Stream, "NGX_STREAM_SRV_CONF": config.StreamServer,
	"NGX_STREAM_UPS_CONF": config.StreamUpstream, "NGX_MAIL_MAIN_CONF": config.Mail, "NGX_MAIL_SRV_CONF": config.MailServer,
}

// command decodes the flags of one command.
func command(name, module, flags string) (row, error) {
	r := row{name: name, module: module, origin: "nginx"}
	var args []string
	counts := [10]bool{}
	for _, flag := range strings.Split(flags, "|") {
		flag = strings.TrimSpace(flag)
		if c, ok := contextFlags[flag]; ok {
			r.in |= c
			continue
		}
		switch flag {
		case "NGX_DIRECT_CONF":
		case "NGX_CONF_BLOCK":
			r.block = true
		case "NGX_CONF_NOARGS":
			counts[0] = true
		case "NGX_CONF_FLAG":
			counts[1] = true
		case "NGX_CONF_1MORE":
			args = append(args, "1+")
		case "NGX_CONF_2MORE":
			args = append(args, "2+")
		case "NGX_CONF_ANY":
			args = append(args, "any")
		default:
			digits, ok := strings.CutPrefix(flag, "NGX_CONF_TAKE")
			if !ok {
				return r, fmt.Errorf("%s: unknown flag %s", name, flag)
			}
			for _, d := range digits {
				counts[d-'0'] = true
			}
		}
	}
	for n, on := range counts {
		if on {
			args = append(args, fmt.Sprint(n))
		}
	}
	arity, err := config.ParseArity(strings.Join(args, " "))
	if err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	r.args = arity.String()
	return r, nil
}
