package web

import (
	"bytes"

	"understudy/http1"
)

// agent is what nginx sees in a User-Agent (ngx_http_process_user_agent).
type agent uint8

const (
	agentOther agent = iota
	agentMSIE
	agentMSIE6 // 4 to 6, without SV1
	agentChrome
	agentSafari // on a Mac
)

// agent tells the browsers that nginx treats in a way of their own.
func (x *Exchange) agent() agent {
	text, ok := x.Header(http1.HdrUserAgent)
	if !ok {
		return agentOther
	}
	if bytes.Contains(text, []byte("Opera")) {
		return agentOther
	}
	if i := bytes.Index(text, []byte("MSIE ")); i >= 0 && i+7 < len(text) {
		if text[i+6] == '.' {
			switch v := text[i+5]; {
			case v == '4', v == '5', v == '6' && !bytes.Contains(text[i+8:], []byte("SV1")):
				return agentMSIE6
			}
		}
		return agentMSIE
	}
	switch {
	case bytes.Contains(text, []byte("Gecko/")):
	case bytes.Contains(text, []byte("Chrome/")):
		return agentChrome
	case bytes.Contains(text, []byte("Safari/")) && bytes.Contains(text, []byte("Mac OS X")):
		return agentSafari
	}
	return agentOther
}

// isMSIE tells MSIE of any version.
func (a agent) isMSIE() bool { return a == agentMSIE || a == agentMSIE6 }

// IsMSIE6 tells MSIE 4 to 6 without SV1, by User-Agent.
func (x *Exchange) IsMSIE6() bool { return x.agent() == agentMSIE6 }
