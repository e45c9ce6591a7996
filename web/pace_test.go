package web

import "testing"

func TestLimitRateCanBeSetAndRead(t *testing.T) {
	x := &Exchange{}
	for _, c := range []struct {
		set  string
		rate int64
		get  string
	}{{"12k", 12288, "12288"}, {"0", 0, "0"}, {"1m", 1 << 20, "1048576"}} {
		limitRateVariable.Set(x, []byte(c.set))
		if got, _ := limitRateVariable.Get(x, nil); string(got) != c.get || x.pace.rate != c.rate || !x.pace.set {
			t.Errorf("%q gives %d, $limit_rate %q", c.set, x.pace.rate, got)
		}
	}
}
