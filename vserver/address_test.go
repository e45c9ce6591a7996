package vserver

import "testing"

// What is no number is the name of a host, which is looked up.
func TestPortsAreToldFromNamesOfHosts(t *testing.T) {
	for text, want := range map[string]bool{
		"80": true, "00080": true, "80-90": true, "90-80": true, "80-99999": true, "0": true,
		"80-": false, "-80": false, "80-x": false, "x-80": false, "+80": false, "80-90-100": false, "": false,
		"123456789012345678901234567890": false,
	} {
		if got := onlyPorts(text); got != want {
			t.Errorf("onlyPorts(%q) = %v", text, got)
		}
	}
}

func TestPortsAndTheirProblemsAreThoseOfNginx(t *testing.T) {
	for text, want := range map[string]struct {
		ports   portRange
		problem string
	}{
		"80":       {portRange{80, 80}, ""},
		"000080":   {portRange{80, 80}, ""},
		"81-83":    {portRange{81, 83}, ""},
		"83-81":    {portRange{}, "invalid port range"},
		"0":        {portRange{}, "invalid port"},
		"0-5":      {portRange{}, "invalid port"},
		"5-65536":  {portRange{}, "invalid port"},
		"99999-80": {portRange{}, "invalid port"},
		"":         {portRange{}, "invalid port"},
		"80-":      {portRange{}, "invalid port"},
		"+80":      {portRange{}, "invalid port"},
	} {
		if ports, problem := parsePorts(text); ports != want.ports || problem != want.problem {
			t.Errorf("parsePorts(%q) = %v, %q", text, ports, problem)
		}
	}
}
