package headersmore_test

import (
	"testing"

	"understudy/internal/stage"
)

const conf = `
server {
	listen LISTEN;
	root DIR;
	location /page {
		ssi on;
		default_type text/html;
		return 200 'A<!--# include virtual="/part?1" wait="yes" -->B<!--# include virtual="/part?2" wait="yes" -->C<!--# echo var="http_x_page" -->';
	}
	location /part {
		more_set_input_headers "X-Part: $args" "X-Page: $http_x_page/part";
		more_clear_input_headers User-Agent;
		proxy_pass http://LISTEN/show;
	}
	location /show { return 200 "<$http_x_page $http_x_part $http_user_agent>"; }
	location /upgrade {
		more_set_input_headers "X-Page: u";
		more_clear_input_headers Upgrade;
		proxy_pass http://LISTEN/show;
	}
	location /plain { return 200 "<$http_x_page $http_x_part $http_user_agent>"; }
	location /host { more_set_input_headers "Host: OTHER.example:8"; proxy_pass http://LISTEN/named; proxy_set_header X-Host "$host"; }
	location /named { return 200 "$http_x_host"; }
}`

// What a subrequest does to fields is neither its parent's nor the next request's.
func TestFieldsOfRequestsAreChangedForOneRequest(t *testing.T) {
	stage.Ours(t, conf, func(t *testing.T, s *stage.Server) {
		c := s.Dial(t)
		for _, ask := range []struct{ request, body string }{
			{"GET /page HTTP/1.1\r\nHost: a\r\nUser-Agent: me\r\nX-Page: p\r\n\r\n", "A<p/part 1 >B<p/part 2 >Cp"},
			{"GET /plain HTTP/1.1\r\nHost: a\r\nUser-Agent: me\r\n\r\n", "<  me>"},
			{"GET /upgrade HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "<u  >"},
			{"GET /host HTTP/1.1\r\nHost: a\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\n\r\n", "other.example"},
		} {
			if a := c.Send(ask.request).Answer(); a.Body != ask.body {
				t.Errorf("%q: %q, want %q", ask.request, a.Body, ask.body)
			}
		}
		if a := c.Answer(); a.Body != "<  >" {
			t.Errorf("what came behind the request: %q", a.Body)
		}
	})
}
