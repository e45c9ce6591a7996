package web

import "testing"

func TestSetCookieIsAboutTheCookieItBeginsWith(t *testing.T) {
	for field, want := range map[string]string{
		"a=1": "1", "A=1": "1", "a=1; path=/": "1", "a = 1 ;x": "1 ", "a=": "", "a=;": "",
		"a": "-", "a; a=1": "-", "ab=1": "-", "b=1; a=2": "-", "": "-", " a=1": "-",
	} {
		got, ok := SetCookieValue([]byte(field), "a")
		if !ok {
			got = []byte("-")
		}
		if string(got) != want {
			t.Errorf("%q has %q, want %q", field, got, want)
		}
	}
}
