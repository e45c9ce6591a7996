//go:build !unix

package web

import (
	"errors"
	"os"
)

// linksCanBeRefused tells whether the system can open a path step by step.
const linksCanBeRefused = false

// openBeneath is not reached where disable_symlinks is refused.
func openBeneath(string, linkMode, int) (*os.File, error) { return nil, errors.ErrUnsupported }
