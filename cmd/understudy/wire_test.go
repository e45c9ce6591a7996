package main

import "testing"

func TestPidFileIsTheLayoutsUnlessADirectiveNamesOne(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "/run/nginx.pid",
		"#pid logs/nginx.pid;":          "/run/nginx.pid", // as nginx.org's configuration has it
		"pid logs/nginx.pid;":           "logs/nginx.pid",
		"pid other.pid; # no nginx.pid": "other.pid",
		"pid /var/run/nginx.pid;":       "/var/run/nginx.pid",
	} {
		dir := folder(t, map[string]string{"nginx.conf": text + "\nevents { }\n"}) + "/"
		s := &session{flags: &flags{}, places: places{prefix: dir, confPrefix: dir, conf: dir + "nginx.conf", pid: packaged.pid}, registry: registry(packaged)}
		if want[0] != '/' {
			want = dir + want
		}
		c, err := s.load()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.settings(c); err != nil || got.PidFile != want {
			t.Errorf("%s: %s, %v; want %s", text, got.PidFile, err, want)
		}
	}
}
