package modules

import (
	"testing"

	"understudy/config"
)

func TestDeclarationsAgreeWithNginx(t *testing.T) {
	for _, text := range config.NewRegistry(All()...).Differences() {
		t.Error(text)
	}
}

func TestEveryModuleIsListedOnce(t *testing.T) {
	seen := map[config.AnyModule]bool{}
	for i, m := range All() {
		if m == nil {
			t.Fatalf("module %d is nil", i)
		}
		if seen[m] {
			t.Errorf("%s stands in the list twice", m.Spec().Name)
		}
		seen[m] = true
	}
}
