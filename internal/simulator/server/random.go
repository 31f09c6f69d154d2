package server

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// RandomFor is a source that depends on the seed and the names alone.
func RandomFor(seed uint64, names ...string) *rand.Rand {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(strings.Join(names, "\x00"))) // A hash never fails.

	return rand.New(rand.NewPCG(hash.Sum64(), seed)) //nolint:gosec // Repeatable on purpose.
}
