package server

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// RandomFor returns a random number generator that depends only on the seed and the names.
func RandomFor(seed uint64, names ...string) *rand.Rand {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(strings.Join(names, "\x00"))) // Writing to a hash never fails.

	return rand.New(rand.NewPCG(hash.Sum64(), seed)) //nolint:gosec // The results must be reproducible.
}

// UUID returns a random version 4 UUID.
func UUID(random *rand.Rand) string {
	const versionMask, version, variantMask, variant = 0x0fff, 0x4000, 0x3fff, 0x8000

	high, low := random.Uint64(), random.Uint64()

	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x",
		high>>32, high>>16&0xffff, high&versionMask|version,
		low>>48&variantMask|variant, low&(1<<48-1))
}
