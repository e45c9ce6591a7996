//go:build !race

package vars

const raceDetector = false
