package core

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/config"
)

// load reads one configuration file of the given text.
func load(t *testing.T, text string) (*config.Config, string, error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "c.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.NewRegistry(Conf, Events), config.LoadOptions{Prefix: dir + "/", ConfPrefix: dir + "/", File: file})
	return c, dir, err
}

func TestSettingsAreTypedAndHaveNginxDefaults(t *testing.T) {
	c, dir, err := load(t, "events {}\n")
	if err != nil {
		t.Fatal(err)
	}
	s, e := Of(c.Main), EventsOf(c)
	if !s.Daemon.On() || !s.Master.On() || s.Workers.N() != 1 || s.PID.S() != dir+"/logs/nginx.pid" || s.RlimitNofile.IsSet() ||
		s.ShutdownTimeout.D() != 0 || e.Connections.N() != 512 || e.MultiAccept.On() {
		t.Errorf("defaults: %+v %+v", s, e)
	}
	c, dir, err = load(t, `worker_processes 3; daemon off; master_process off; pid run/x.pid; worker_rlimit_nofile 2048;
worker_rlimit_core 1g; worker_shutdown_timeout 1m30s; working_directory /tmp; env PATH; env A=b; worker_priority -5;
worker_cpu_affinity 0101 1010 01; thread_pool a threads=2 max_queue=0; thread_pool b threads=1; timer_resolution 100ms;
lock_file x; pcre_jit on; debug_points abort; user root;
events { worker_connections 100; multi_accept on; accept_mutex on; accept_mutex_delay 1s; worker_aio_requests 4; epoll_events 8; }`)
	if err != nil {
		t.Fatal(err)
	}
	s, e = Of(c.Main), EventsOf(c)
	if s.Daemon.On() || s.Master.On() || s.Workers.N() != 3 || s.PID.S() != dir+"/run/x.pid" || s.RlimitNofile.N() != 2048 ||
		s.RlimitCore.Bytes() != 1<<30 || s.ShutdownTimeout.D().Seconds() != 90 || s.WorkingDirectory.S() != "/tmp" ||
		strings.Join(s.Env.All(), " ") != "PATH A=b" || e.Connections.N() != 100 || !e.MultiAccept.On() {
		t.Errorf("settings: %+v %+v", s, e)
	}
	if os.Geteuid() == 0 && (!s.User.Set || s.User.Name != "root" || s.User.UID != 0) {
		t.Errorf("user: %+v", s.User)
	}
}
