package cases

// Bad configurations and what `nginx -t` says about them.

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"understudy/internal/rig"
)

// BadConfs is one file of testdata/badconf, or of testdata/warned, whose configurations may be taken with a warning: pairs of sections "NAME.conf" and "NAME.want", a configuration and what
// -t prints about it on stderr, with %%DIR%% for its directory, and in the last line the exit code. Other sections
// are files beside each of the configurations. "NAME.newer" is what 1.31.5 prints, where that differs.
type BadConfs struct {
	Path    string
	archive *txtar.Archive
}

// BadConf is one configuration.
type BadConf struct{ Name, Conf, Want, Newer string }

// LoadBadConfs reads all files of a directory.
func LoadBadConfs(dir string) ([]*BadConfs, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no bad configurations in %s", dir)
	}
	var all []*BadConfs
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			return nil, err
		}
		all = append(all, &BadConfs{path, archive})
	}
	return all, nil
}

// Confs are the file's configurations.
func (b *BadConfs) Confs() []BadConf {
	text := map[string]string{}
	for _, f := range b.archive.Files {
		text[f.Name] = string(f.Data)
	}
	var list []BadConf
	for _, f := range b.archive.Files {
		if name, ok := strings.CutSuffix(f.Name, ".conf"); ok {
			list = append(list, BadConf{name, text[f.Name], text[name+".want"], text[name+".newer"]})
		}
	}
	return list
}

// Test runs `binary -t` on a configuration.
func (b *BadConfs) Test(binary string, c BadConf) (printed string, err error) {
	dir, err := rig.NewDir()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files := map[string]string{"nginx.conf": c.Conf}
	for _, f := range b.archive.Files {
		switch filepath.Ext(f.Name) {
		case ".conf", ".want", ".newer":
		default:
			files[f.Name] = string(f.Data)
		}
	}
	for name, text := range files {
		files[name] = strings.ReplaceAll(text, "%%DIR%%", dir)
	}
	if err := rig.WriteFiles(dir, files); err != nil {
		return "", err
	}
	cmd := exec.Command(binary, "-t", "-p", dir+"/", "-c", filepath.Join(dir, "nginx.conf"), "-e", filepath.Join(dir, "error.log"), "-g", "pid "+filepath.Join(dir, "nginx.pid")+";")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		return "", err
	}
	if out.Len() > 0 {
		return "", fmt.Errorf("printed on stdout:\n%s", out.String())
	}
	return fmt.Sprintf("%sexit %d\n", strings.ReplaceAll(errOut.String(), dir, "%%DIR%%"), cmd.ProcessState.ExitCode()), nil
}

// Record replaces what is wanted by what was printed, in the order of Confs.
func (b *BadConfs) Record(printed []string, version string) error {
	var files []txtar.File
	n := 0
	for _, f := range b.archive.Files {
		if strings.HasSuffix(f.Name, ".want") {
			continue
		}
		files = append(files, f)
		if name, ok := strings.CutSuffix(f.Name, ".conf"); ok {
			files = append(files, txtar.File{Name: name + ".want", Data: []byte(printed[n])})
			n++
		}
	}
	b.archive.Files = files
	b.archive.Comment = recordedBy(b.archive.Comment, version)
	return os.WriteFile(b.Path, txtar.Format(b.archive), 0o644)
}
