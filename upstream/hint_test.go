package upstream

import (
	"errors"
	"strings"
	"testing"

	"understudy/parser"
)

// TestUnknownHostsHaveAPlaceAndAHint holds for `server` and for addresses that are resolved at the end of http{} alike.
func TestUnknownHostsHaveAPlaceAndAHint(t *testing.T) {
	for _, text := range []string{"upstream u {\n  server no-such-host.invalid:80;\n}", "\n  pass no-such-host.invalid:81;\n"} {
		_, _, err := load(t, "events {}\nhttp {\n"+text+"\n}\n")
		var e *parser.Error
		if !errors.As(err, &e) || e.Line != 4 || e.Column != 3 || !strings.Contains(e.Hint, "is the host's container or service running") {
			t.Errorf("%q: %+v", text, e)
		}
	}
}
