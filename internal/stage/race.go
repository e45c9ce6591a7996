//go:build race

package stage

// underRace: the real nginx has been compared without the race detector, which has nothing to see in it.
const underRace = true
