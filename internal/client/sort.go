package client

import "sort"

// sortBy sorts values in place. Unlike [slices.SortFunc], which is compiled anew for every type of values, it costs a program that
// sorts many types of them next to nothing in size.
func sortBy[T any](values []T, compare func(a, b T) int) {
	sort.Slice(values, func(i, j int) bool { return compare(values[i], values[j]) < 0 })
}
