package cases

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	record = flag.Bool("record", false, "ask nginx anew and rewrite the files of testdata")
	newer  = flag.String("newer", "", "`CASE:N,…`: write what Understudy answers there down as what nginx 1.31.5 does; only when its source says so")
)

const (
	caseDir    = "../../testdata/cases"
	badConfDir = "../../testdata/badconf"
	warnedDir  = "../../testdata/warned"
)

// understudy is the built program; nginx is "" where it is not installed.
var understudy, nginx string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "cases-")
	if err == nil {
		err = findPrograms(dir)
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir) // in the temporary directory; spoils no result
	os.Exit(code)
}

func findPrograms(dir string) error {
	// Debian keeps nginx where an unprivileged user's PATH may not look.
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			nginx = path
			break
		}
	}
	if nginx == "" && (os.Getenv("CI") != "" || *record) {
		return fmt.Errorf("nginx is not installed")
	}
	if *record {
		return nil
	}
	if understudy = os.Getenv("CASES_BINARY"); understudy != "" {
		return nil
	}
	understudy = filepath.Join(dir, "understudy")
	out, err := exec.Command("go", "build", "-o", understudy, "understudy/cmd/understudy").CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// programs are those to test by label. Debian's nginx is tested too, so that a record that no longer holds is seen.
func programs() map[string]string {
	if *record {
		return map[string]string{"nginx": nginx}
	}
	all := map[string]string{"understudy": understudy}
	if nginx != "" {
		all["nginx"] = nginx
	}
	return all
}

func TestAnswersAreThoseOfNginx(t *testing.T) {
	all, err := Load(caseDir)
	if err != nil {
		t.Fatal(err)
	}
	for label, binary := range programs() {
		for _, c := range all {
			t.Run(label+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				answers, err := c.Replay(binary)
				if err != nil {
					t.Fatal(err)
				}
				if len(answers) == 0 {
					t.Fatal("the case has no request")
				}
				if *record {
					if err := c.Record(answers, versionOf(t, binary)); err != nil {
						t.Fatal(err)
					}
					return
				}
				for i, e := range c.Exchanges() {
					want := e.Answer
					if e.Newer != "" && label == "understudy" {
						want = e.Newer
					}
					if label == "understudy" && slices.Contains(strings.Split(*newer, ","), fmt.Sprintf("%s:%d", c.Name, e.Number)) {
						if err := c.RecordNewer(e.Number, answers[i]); err != nil {
							t.Fatal(err)
						}
						continue
					}
					if answers[i] != want {
						t.Errorf("request %d\n--- got\n%s--- want (%s)\n%s", e.Number, answers[i], c.RecordedFrom(), want)
					}
				}
			})
		}
	}
}

func TestBadConfigurationsAreReportedAsByNginx(t *testing.T) { testMessages(t, badConfDir) }

func TestWarningsAreThoseOfNginx(t *testing.T) { testMessages(t, warnedDir) }

// testMessages holds what -t prints of the configurations of a directory against what is recorded.
func testMessages(t *testing.T, dir string) {
	all, err := LoadBadConfs(dir)
	if err != nil {
		t.Fatal(err)
	}
	for label, binary := range programs() {
		for _, file := range all {
			printed := make([]string, len(file.Confs()))
			t.Run(label+"/"+strings.TrimSuffix(filepath.Base(file.Path), ".txtar"), func(t *testing.T) {
				for i, c := range file.Confs() {
					t.Run(c.Name, func(t *testing.T) {
						t.Parallel()
						got, err := file.Test(binary, c)
						if err != nil {
							t.Fatal(err)
						}
						printed[i] = got
						if *record {
							if dir == badConfDir && strings.Contains(got, "test is successful") {
								t.Errorf("nginx takes it:\n%s", c.Conf)
							}
							return
						}
						want := c.Want
						if c.Newer != "" && label == "understudy" {
							want = c.Newer
						}
						if got != want {
							t.Errorf("%s--- got\n%s--- want\n%s", c.Conf, got, want)
						}
					})
				}
			})
			if *record && !t.Failed() {
				if err := file.Record(printed, versionOf(t, binary)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestThereAreEnoughCases(t *testing.T) {
	cases, err := Load(caseDir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := LoadBadConfs(badConfDir)
	if err != nil {
		t.Fatal(err)
	}
	bad := 0
	for _, file := range files {
		bad += len(file.Confs())
	}
	if len(cases) < 40 || bad < 60 {
		t.Errorf("%d cases, %d bad configurations", len(cases), bad)
	}
}

func versionOf(t *testing.T, binary string) string {
	t.Helper()
	out, err := exec.Command(binary, "-v").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "nginx version: ")
}

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"":           "",
		"a\r\nb\r\n": "a\nb\n",
		"a\nb":       "a\\n\nb(no newline)\n",
		"\x00\xff\r": "\\x00\\xff\\x0d(no newline)\n",
		"Date: Sun, 22 Nov 2026 19:32:54 GMT\r\nServer: nginx/1.22.1\r\n": "Date: DATE\nServer: nginx/VERSION\n",
		"X: 127.0.0.1:45678\r\n": "X: 127.0.0.1:CLIENT\n",
	} {
		if got := Normalise(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestMergeChunks(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	for in, want := range map[string]string{
		head + "1\r\na\r\n2\r\nbc\r\n0\r\n\r\nHTTP/1.1 404": head + "3\r\nabc\r\n0\r\n\r\nHTTP/1.1 404",
		head + "0\r\n\r\n":                  head + "0\r\n\r\n",
		head + "1\r\na\r\n":                 head + "1\r\na\r\n",
		head:                                head,
		head + "1\r\na\r\n0\r\n\r\n" + head: head + "1\r\na\r\n0\r\n\r\n" + head,
		"HTTP/1.1 200 OK\r\n\r\n5\r\nhello": "HTTP/1.1 200 OK\r\n\r\n5\r\nhello",
	} {
		if got := mergeChunks(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestPortsAreNumbersOfTheirOwn(t *testing.T) {
	p := placeholders{"%%BACKEND%%": "34567", "%%DIR%%": "/d34567"}
	const text = "0123456789 http://127.0.0.1:34567/ 34567 345678 /d34567/x"
	if got, want := p.name(text), "0123456789 http://127.0.0.1:%%BACKEND%%/ %%BACKEND%% 345678 %%DIR%%/x"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}
