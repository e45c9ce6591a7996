//go:build race

package vars

// raceDetector: sync.Pool, which regexp uses, drops what it is given at random then.
const raceDetector = true
