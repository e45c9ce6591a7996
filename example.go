// Package understudy holds what the repository's root has for the program: the example configuration.
package understudy

import _ "embed"

// ExampleConf is nginx.conf.example, valid for nginx as it is.
//
//go:embed nginx.conf.example
var ExampleConf string
