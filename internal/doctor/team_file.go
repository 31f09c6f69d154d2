package doctor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// TeamFile returns the readings as a celonis-simulator team file. The file describes how the team behaves, but does not contain the team's
// data.
func (r Report) TeamFile() (string, error) {
	var text strings.Builder

	text.WriteString("# Behaviour of a Celonis team, recorded by celonis-doctor. This file contains no names, addresses or credentials.\n" +
		"# celonis-simulator -team FILE serves its default team with this behaviour.\n" +
		"base: default\n")

	readings := slices.DeleteFunc(slices.Clone(r.Readings), func(reading Reading) bool { return !reading.IsSeen() })
	slices.SortStableFunc(readings, func(a, b Reading) int { return strings.Compare(order(a.Key), order(b.Key)) })

	var sections []string

	for _, reading := range readings {
		path := strings.Split(reading.Key, ".")
		name, into := path[len(path)-1], path[:len(path)-1]

		for depth := range into {
			if depth < len(sections) && sections[depth] == into[depth] && slices.Equal(sections[:depth], into[:depth]) {
				continue
			}

			fmt.Fprintf(&text, "%s%s:\n", strings.Repeat("  ", depth), into[depth])
			sections = append(sections[:min(depth, len(sections))], into[depth])
		}

		sections = sections[:len(into)]

		value, err := json.Marshal(reading.Value) // JSON is also valid YAML.
		if err != nil {
			return "", fmt.Errorf("writing %s: %w", reading.Key, err)
		}

		fmt.Fprintf(&text, "%s%s: %s\n", strings.Repeat("  ", len(into)), name, value)
	}

	return text.String(), nil
}

// order returns the text by which a key is sorted: a section's own keys come before the keys of its subsections.
func order(key string) string {
	index := strings.LastIndex(key, ".")

	return key[:index+1] + "\x00" + key[index+1:]
}
