// Reading of the documentation's XML: syntax, default, contexts, and what belongs to the commercial version.

package main

import (
	"encoding/xml"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"understudy/config"
)

// page is the documentation of one module.
type page struct {
	module     string
	plus       bool // the module belongs to the commercial version
	removed    bool
	directives []directive
}

// directive is the documentation of one directive; only facts are taken out of it.
type directive struct {
	Name     string   `xml:"name,attr"`
	Syntaxes []markup `xml:"syntax"`
	Defaults []markup `xml:"default"`
	Contexts []string `xml:"context"`
	Paras    []markup `xml:"para"`
}

type markup struct {
	Block string `xml:"block,attr"`
	Inner string `xml:",innerxml"`
}

func readDocs(dir string) ([]page, error) {
	var pages []page
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimSuffix(filepath.Base(path), ".xml")
		if err != nil || d.IsDir() || filepath.Ext(path) != ".xml" || !strings.HasPrefix(name, "ngx_") {
			return err
		}
		p, err := readPage(path, strings.TrimSuffix(name, "_head"))
		pages = append(pages, p)
		return err
	})
	return pages, err
}

// removedModules are documented, but no longer part of nginx or of its commercial version.
var removedModules = map[string]bool{"ngx_http_spdy_module": true, "ngx_http_upstream_conf_module": true, "ngx_http_status_module": true}

func readPage(path, module string) (page, error) {
	p := page{module: module, removed: removedModules[module]}
	file, err := os.Open(path)
	if err != nil {
		return p, err
	}
	defer file.Close()
	d := xml.NewDecoder(file)
	d.Strict = false
	d.Entity = xml.HTMLEntity
	section := ""
	for { // one page is the head of another and ends in the middle
		token, err := d.Token()
		if err != nil {
			break
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "section":
			section = ""
			for _, a := range start.Attr {
				if a.Name.Local == "id" {
					section = a.Value
				}
			}
		case "para":
			var m markup
			if err := d.DecodeElement(&m, &start); err != nil {
				return p, err
			}
			p.plus = p.plus || section == "summary" && !p.removed && strings.Contains(m.Inner, "commercial_version")
		case "directive":
			var one directive
			if err := d.DecodeElement(&one, &start); err != nil {
				return p, err
			}
			p.directives = append(p.directives, one)
		}
	}
	return p, nil
}

func (d *directive) plus() bool {
	for _, p := range d.Paras {
		if strings.Contains(p.Inner, "commercial_version") {
			return true
		}
	}
	return false
}

func (d *directive) block() bool { return len(d.Syntaxes) > 0 && d.Syntaxes[0].Block == "yes" }

// syntax joins the forms of the directive's arguments, `;` between forms.
func (d *directive) syntax() string {
	var forms []string
	for _, s := range d.Syntaxes {
		if text := plain(s.Inner); text != "" {
			forms = append(forms, text)
		}
	}
	return strings.Join(forms, "; ")
}

func (d *directive) def() string {
	if len(d.Defaults) == 0 {
		return ""
	}
	return plain(d.Defaults[0].Inner)
}

// plain drops the markup and folds white space; names of values become <name>.
func plain(inner string) string {
	d := xml.NewDecoder(strings.NewReader(inner))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	var b strings.Builder
	for {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "value" {
				b.WriteByte('<')
			}
		case xml.EndElement:
			if t.Name.Local == "value" {
				b.WriteByte('>')
			}
		case xml.CharData:
			b.Write(t)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// contexts translates the documentation's names, whose meaning depends on the kind of module.
func contexts(module string, list []string) config.Context {
	var c config.Context
	f := family(module)
	for _, name := range list {
		switch name {
		case "main":
			c |= config.Main
		case "events":
			c |= config.Events
		case "http":
			c |= config.HTTP
		case "stream":
			c |= config.Stream
		case "mail":
			c |= config.Mail
		case "location":
			c |= config.Location
		case "limit_except":
			c |= config.LimitExcept
		case "if in location":
			c |= config.If
		case "if":
			c |= config.If | config.ServerIf
		case "any":
			c |= config.AnyContext
		case "server":
			switch f {
			case "ngx_stream_":
				c |= config.StreamServer
			case "ngx_mail_":
				c |= config.MailServer
			default:
				c |= config.Server
			}
		case "upstream":
			if f == "ngx_stream_" {
				c |= config.StreamUpstream
			} else {
				c |= config.Upstream
			}
		default:
			c |= config.Other
		}
	}
	return c
}
