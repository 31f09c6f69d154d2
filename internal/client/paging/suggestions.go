package paging

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// MaxSuggestions is the maximum number of names that an error suggests.
const MaxSuggestions = 3

// Suggest returns a "Did you mean" question with the names closest to the requested name, or "" if no name is close.
func Suggest(wanted string, names []string) string {
	type candidate struct {
		name     string
		distance int
	}

	folded := strings.ToLower(transport.NormalText(wanted))
	// Up to a third of the characters may differ, which allows for several typos. For an e-mail address, only the part before the @ counts, because
	// all users may have the same domain.
	distinct, _, _ := strings.Cut(folded, "@")
	limit := max(1, len([]rune(distinct))/3)

	var candidates []candidate

	for _, name := range names {
		distance := levenshtein.Distance(folded, strings.ToLower(transport.NormalText(name)), nil)
		if name != "" && distance <= limit {
			candidates = append(candidates, candidate{name, distance})
		}
	}

	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})

	candidates = slices.Compact(candidates)

	texts := make([]string, 0, MaxSuggestions)
	for _, candidate := range candidates[:min(MaxSuggestions, len(candidates))] {
		texts = append(texts, strconv.Quote(candidate.name))
	}

	switch len(texts) {
	case 0:
		return ""
	case 1:
		return "Did you mean " + texts[0] + "?"
	default:
		return "Did you mean " + strings.Join(texts[:len(texts)-1], ", ") + " or " + texts[len(texts)-1] + "?"
	}
}
