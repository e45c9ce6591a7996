//go:build !unix

package openfile

import "errors"

// LinksCanBeRefused tells whether the system can open a path step by step.
const LinksCanBeRefused = false

// openBeneath is not reached where disable_symlinks is refused.
func openBeneath(string, LinkMode, int) (descriptor, string, error) {
	return noDescriptor, "openat", errors.ErrUnsupported
}
