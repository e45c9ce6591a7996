package config_test

import (
	"strings"
	"testing"

	"understudy/config"
)

// What nginx says of tables of several sizes is recorded in testdata/warned/hashes.txtar; here is that a large one costs little.
func TestATableOfManyNamesIsJudgedOnce(t *testing.T) {
	var c config.Config
	keys := make([]string, 20000)
	for i := range keys {
		keys[i] = strings.Repeat("x", 1+i%40) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26))
	}
	if err := (config.HashTable{Name: "map_hash", Max: 2048, BucketSize: 64}).Fit(&c, keys, nil, nil); err != nil || len(c.Warnings) != 1 {
		t.Errorf("%v, %d warnings", err, len(c.Warnings))
	}
	err := (config.HashTable{Name: "map_hash", Max: 2, BucketSize: 64}).Fit(&c, keys, nil, nil)
	if err == nil || err.Error() != "could not build map_hash, you should increase map_hash_max_size: 2" {
		t.Error(err)
	}
}
