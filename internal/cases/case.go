// Package cases reads and replays what was recorded from nginx: answers to raw requests (testdata/cases) and messages
// about configurations (testdata/badconf, testdata/warned). Each file is a txtar archive. The tests of this package run them
// against Understudy and, where nginx is installed, against nginx as well; `go test ./internal/cases -record` asks
// nginx anew and rewrites the files.
package cases

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"understudy/internal/rig"
)

// Case is one file of testdata/cases. The archive's comment says what it shows and, in its last line, who answered:
// "recorded from nginx/1.22.1". Its sections:
//
//	nginx.conf     with %%PORT%% (and %%PORT2%% …) to listen on, %%BACKEND%%, %%BACKEND2%% (see Backend), %%DEAD%% (nobody listens), %%DIR%%
//	request N      the bytes sent on connection N, LF standing for CRLF; `\n` for a bare LF, `\0` and `\r` likewise, \ at a line's end for no LF; a line "--- WAIT" splits the bytes in two writes
//	answer N       all that came back until the server closed, normalised
//	answer N newer what 1.31.5 answers, where it differs from the recorded
//	any other      a file in the server's directory
type Case struct {
	Name    string
	Path    string
	archive *txtar.Archive
}

// Load reads all cases of a directory.
func Load(dir string) ([]*Case, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no cases in %s", dir)
	}
	var all []*Case
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			return nil, err
		}
		all = append(all, &Case{Name: strings.TrimSuffix(filepath.Base(path), ".txtar"), Path: path, archive: archive})
	}
	return all, nil
}

var numbered = regexp.MustCompile(`^(request|answer) (\d+)( newer)?$`)

// Exchange is one connection of a case.
type Exchange struct {
	Number  int
	Request string // as in the file
	Answer  string // as recorded, "" if never
	Newer   string // what 1.31.5 says instead, "" if the same
}

// Exchanges are the case's connections in order.
func (c *Case) Exchanges() []Exchange {
	var list []Exchange
	for n := 1; ; n++ {
		request, ok := c.section(fmt.Sprintf("request %d", n))
		if !ok {
			return list
		}
		answer, _ := c.section(fmt.Sprintf("answer %d", n))
		newer, _ := c.section(fmt.Sprintf("answer %d newer", n))
		list = append(list, Exchange{n, request, answer, newer})
	}
}

func (c *Case) section(name string) (string, bool) {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

// Replay starts the binary on the case's configuration, sends every request on a connection of its own, one after
// the other, and gives the normalised answers.
func (c *Case) Replay(binary string) (answers []string, err error) {
	conf, ok := c.section("nginx.conf")
	if !ok {
		return nil, errors.New("the case has no nginx.conf")
	}
	first, err := StartBackend("one")
	if err != nil {
		return nil, err
	}
	defer first.Stop()
	second, err := StartBackend("two")
	if err != nil {
		return nil, err
	}
	defer second.Stop()
	ports, err := rig.FreePorts(4)
	if err != nil {
		return nil, err
	}
	dir, err := rig.NewDir()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	names := placeholders{
		"%%PORT%%": strconv.Itoa(ports[0]), "%%PORT2%%": strconv.Itoa(ports[1]), "%%PORT3%%": strconv.Itoa(ports[2]),
		"%%DEAD%%": strconv.Itoa(ports[3]), "%%BACKEND%%": strconv.Itoa(first.Port), "%%BACKEND2%%": strconv.Itoa(second.Port), "%%DIR%%": dir,
	}
	if err := c.writeFiles(dir, names); err != nil {
		return nil, err
	}
	server, err := rig.StartIn(dir, rig.Options{Bin: binary, Conf: names.fill(conf)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Terminate()) }()
	for _, e := range c.Exchanges() {
		answer, err := exchange(names, e.Request)
		if err != nil {
			return nil, fmt.Errorf("request %d: %w\n%s", e.Number, err, server.ErrorLog())
		}
		answers = append(answers, Normalise(names.name(mergeChunks(answer))))
	}
	return answers, nil
}

// fileTime is the modification time of a case's files, so that Last-Modified and ETag are the same every time.
var fileTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func (c *Case) writeFiles(dir string, names placeholders) error {
	for _, f := range c.archive.Files {
		if f.Name == "nginx.conf" || numbered.MatchString(f.Name) {
			continue
		}
		if err := rig.WriteFiles(dir, map[string]string{f.Name: names.fill(string(f.Data))}); err != nil {
			return err
		}
		if err := os.Chtimes(filepath.Join(dir, f.Name), fileTime, fileTime); err != nil {
			return err
		}
	}
	return nil
}

// placeholders are the names that stand for ports and the directory.
type placeholders map[string]string

func (p placeholders) fill(text string) string {
	for name, value := range p {
		text = strings.ReplaceAll(text, name, value)
	}
	return text
}

// name undoes fill. A port is a number of its own, not five digits among others.
func (p placeholders) name(text string) string {
	text = strings.ReplaceAll(text, p["%%DIR%%"], "%%DIR%%")
	return number.ReplaceAllStringFunc(text, func(digits string) string {
		for name, value := range p {
			if value == digits {
				return name
			}
		}
		return digits
	})
}

var number = regexp.MustCompile(`[0-9]+`)

// exchangeLimit is for the whole of one connection.
const exchangeLimit = 20 * time.Second

// exchange sends a request to the case's server, %%PORT%% unless its first line says "--- TO %%PORT2%%", and reads
// until the server closes.
func exchange(names placeholders, request string) (string, error) {
	port := names["%%PORT%%"]
	if rest, ok := strings.CutPrefix(request, "--- TO "); ok {
		var to string
		to, request, _ = strings.Cut(rest, "\n")
		port = names[to]
	}
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, exchangeLimit)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(exchangeLimit)); err != nil {
		return "", err
	}
	for i, part := range strings.Split(names.fill(request), "--- WAIT\n") {
		if i > 0 {
			// Apart enough that the server reads them apart. An answer that depends on it would be a finding.
			time.Sleep(50 * time.Millisecond)
		}
		if _, err := io.WriteString(conn, wire(part)); err != nil {
			break // the server may have answered and closed already
		}
	}
	answer, err := io.ReadAll(conn)
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "", fmt.Errorf("the server did not close; so far:\n%s", answer)
	case err != nil:
		return string(answer) + "(reset)\n", nil
	}
	return string(answer), nil
}

// wire turns a section's text into bytes: LF is CRLF, a backslash at a line's end takes the LF away, and \n, \r, \0, \\ stand for the bytes they name.
func wire(text string) string {
	text = strings.ReplaceAll(text, "\\\n", "")
	text = strings.ReplaceAll(text, "\n", "\r\n")
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\0`, "\x00").Replace(text)
}

// mergeChunks makes one chunk of a chunked body's chunks: how many there are depends on how the application's bytes
// happened to arrive. A body that is not well formed is left as it came.
func mergeChunks(answer string) string {
	const field = "\r\nTransfer-Encoding: chunked\r\n"
	at := strings.Index(answer, field)
	if at < 0 {
		return answer
	}
	end := strings.Index(answer[at:], "\r\n\r\n")
	if end < 0 {
		return answer
	}
	head, rest := answer[:at+end+4], answer[at+end+4:]
	var body strings.Builder
	for first := true; ; first = false {
		line, after, ok := strings.Cut(rest, "\r\n")
		size, err := strconv.ParseUint(line, 16, 31)
		if !ok || err != nil || uint64(len(after)) < size+2 || after[size:size+2] != "\r\n" {
			if first || body.Len() == 0 {
				return head + mergeChunks(rest) // no body: the answer to a HEAD request
			}
			return answer
		}
		rest = after[size+2:]
		if size == 0 {
			break
		}
		body.WriteString(after[:size])
	}
	merged := "0\r\n\r\n"
	if body.Len() > 0 {
		merged = fmt.Sprintf("%x\r\n%s\r\n", body.Len(), body.String()) + merged
	}
	return head + merged + mergeChunks(rest)
}

var (
	dates    = regexp.MustCompile(`(?m)^Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT(\r?)$`)
	versions = regexp.MustCompile(`nginx/\d+\.\d+\.\d+`)
	clients  = regexp.MustCompile(`(127\.0\.0\.1:)\d{5}\b`)
)

// Normalise takes out of an answer what differs between two runs: the date, the version, the client's port; and
// writes CRLF as LF, a lone CR or LF and other control characters visibly.
func Normalise(answer string) string {
	answer = dates.ReplaceAllString(answer, "Date: DATE$1")
	answer = versions.ReplaceAllString(answer, "nginx/VERSION")
	answer = clients.ReplaceAllString(answer, "${1}CLIENT")
	var b strings.Builder
	for i := 0; i < len(answer); i++ {
		switch c := answer[i]; {
		case c == '\r' && i+1 < len(answer) && answer[i+1] == '\n':
			b.WriteByte('\n')
			i++
		case c == '\n':
			b.WriteString("\\n\n") // a bare LF: seen in bodies
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, "\\x%02x", c)
		default:
			b.WriteByte(c)
		}
	}
	if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
		return s + "(no newline)\n" // txtar sections end with one
	}
	return b.String()
}

// RecordNewer adds an answer of 1.31.5's to the file, after somebody made sure of it.
func (c *Case) RecordNewer(number int, answer string) error {
	var files []txtar.File
	for _, f := range c.archive.Files {
		if f.Name == fmt.Sprintf("answer %d newer", number) {
			continue
		}
		files = append(files, f)
		if f.Name == fmt.Sprintf("answer %d", number) {
			files = append(files, txtar.File{Name: f.Name + " newer", Data: []byte(answer)})
		}
	}
	c.archive.Files = files
	return os.WriteFile(c.Path, txtar.Format(c.archive), 0o644)
}

// Record replaces the answers in the file by those given, and the comment's last line by who gave them.
func (c *Case) Record(answers []string, version string) error {
	var files []txtar.File
	for _, f := range c.archive.Files {
		m := numbered.FindStringSubmatch(f.Name)
		if m != nil && m[1] == "answer" && m[3] == "" {
			continue
		}
		files = append(files, f)
		if m != nil && m[1] == "request" {
			n, err := strconv.Atoi(m[2])
			if err != nil || n > len(answers) {
				return fmt.Errorf("%s: request %s is out of order", c.Path, m[2])
			}
			files = append(files, txtar.File{Name: "answer " + m[2], Data: []byte(answers[n-1])})
		}
	}
	c.archive.Files = files
	c.archive.Comment = recordedBy(c.archive.Comment, version)
	return os.WriteFile(c.Path, txtar.Format(c.archive), 0o644)
}

const recordedFrom = "recorded from "

// recordedBy puts the version that answered into an archive's comment.
func recordedBy(comment []byte, version string) []byte {
	var kept strings.Builder
	for line := range strings.Lines(string(comment)) {
		if !strings.HasPrefix(line, recordedFrom) && strings.TrimSpace(line) != "" {
			kept.WriteString(line)
		}
	}
	return []byte(kept.String() + recordedFrom + version + "\n\n")
}

// RecordedFrom is the version that answered, "" if the case was never recorded.
func (c *Case) RecordedFrom() string {
	for line := range strings.Lines(string(c.archive.Comment)) {
		if version, ok := strings.CutPrefix(line, recordedFrom); ok {
			return strings.TrimSpace(version)
		}
	}
	return ""
}
