package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// width is the maximum line width of the report, in terminal columns.
const width = 80

// Text returns the report as text for a terminal.
func (r Report) Text() string {
	var text strings.Builder

	text.WriteString(wrapped("", "", "Access to "+r.Team))
	text.WriteString(wrapped("", "", "Signing in with "+r.SignIn+"."))

	for _, note := range r.Notes {
		text.WriteString(wrapped("", "", "Note: "+note))
	}

	text.WriteString("\nACCESS\n\n")
	r.writeAreas(&text)

	if slices.ContainsFunc(r.Readings, func(reading Reading) bool { return reading.IsSeen() }) {
		text.WriteString("\nREADINGS: how this team behaves where Celonis's documentation is unclear\n")
		r.writeReadings(&text)
	}

	if slices.ContainsFunc(r.Areas, func(area AreaReport) bool { return area.Status == StatusWorks }) {
		r.writeUnseen(&text)
	}

	fmt.Fprintf(&text, "\n%s Requests: %d of at most %d, all reads.\n", r.summary(), r.Requests, MaxRequests)

	return text.String()
}

// summary returns a sentence with the number of areas that work. The report contains this sentence twice: below the areas and at the end.
func (r Report) summary() string {
	works := 0

	for _, area := range r.Areas {
		if area.Status == StatusWorks {
			works++
		}
	}

	verb := "work"
	if works == 1 {
		verb = "works"
	}

	return fmt.Sprintf("%d of %s %s.", works, counted(len(r.Areas), "areas"), verb)
}

// counted combines a number and a noun: "1 user", "2 users". The plural must be the singular plus an s.
// Text that begins with " in " may follow the plural and is left unchanged.
func counted(number int, plural string) string {
	noun, rest, isLimited := strings.Cut(plural, " in ")
	if number == 1 {
		noun = strings.TrimSuffix(noun, "s")
	}

	if isLimited {
		noun += " in " + rest
	}

	return fmt.Sprintf("%d %s", number, noun)
}

// These are the widths of the first two columns in the list of areas.
const (
	statusColumn = 2 + 9
	areaColumn   = statusColumn + 18
)

func (r Report) writeAreas(text *strings.Builder) {
	for _, area := range r.Areas {
		if area.Status == StatusUnchecked {
			continue
		}

		mark, summary := "FAILED", string(area.Status)
		if area.Cause != "" {
			summary += ": " + area.Cause
		}

		if area.Status == StatusWorks {
			mark, summary = "works", countsText(area.Counts)
		}

		first := fmt.Sprintf("  %-9s%-18s", mark, area.Area)
		text.WriteString(wrapped(first, strings.Repeat(" ", areaColumn), summary))

		indent := strings.Repeat(" ", statusColumn)

		for _, part := range []struct{ label, value string }{
			{"Request: ", area.Request}, {"Response: ", area.Response}, {"What to do: ", area.Remedy},
		} {
			if part.value != "" {
				text.WriteString(wrapped(indent, indent, part.label+part.value))
			}
		}
	}

	var unchecked []string

	for _, area := range r.Areas {
		if area.Status == StatusUnchecked {
			unchecked = append(unchecked, area.Area)
		}
	}

	if len(unchecked) > 0 {
		text.WriteString("\n")
		text.WriteString(wrapped("  ", "  ", "Not checked, because they would fail in the same way: "+strings.Join(unchecked, ", ")+"."))
	}

	text.WriteString("\n" + r.summary() + "\n")
}

func countsText(counts []Count) string {
	texts := make([]string, 0, len(counts))

	for _, count := range counts {
		switch {
		case count.Total != nil && *count.Total > count.FirstPage:
			texts = append(texts, fmt.Sprintf("%s (%d on the first page)", counted(*count.Total, count.What), count.FirstPage))
		case count.Total == nil && count.FirstPage > 0:
			texts = append(texts, counted(count.FirstPage, count.What)+" on the first page")
		default:
			texts = append(texts, counted(count.FirstPage, count.What))
		}
	}

	return strings.Join(texts, ", ")
}

func (r Report) writeReadings(text *strings.Builder) {
	section := ""

	for _, reading := range r.Readings {
		if !reading.IsSeen() {
			continue
		}

		if reading.Section != section {
			section = reading.Section
			fmt.Fprintf(text, "\n  %s\n", section)
		}

		text.WriteString(wrapped("    ", "      ", reading.Fact+": "+reading.ValueText()))
		text.WriteString(wrapped("      ", "      ", "Evidence: "+reading.Evidence+"."))
	}
}

// writeUnseen lists the readings that were not observed, grouped by reason.
func (r Report) writeUnseen(text *strings.Builder) {
	var reasons []string

	keys := map[string][]string{}

	for _, reading := range r.Readings {
		if reading.IsSeen() {
			continue
		}

		if keys[reading.Unseen] == nil {
			reasons = append(reasons, reading.Unseen)
		}

		keys[reading.Unseen] = append(keys[reading.Unseen], reading.Key)
	}

	if len(reasons) == 0 {
		return
	}

	text.WriteString("\nNOT OBSERVED\n")

	for _, reason := range reasons {
		text.WriteString("\n" + wrapped("  ", "  ", reason+":"))
		text.WriteString(wrapped("    ", "    ", strings.Join(keys[reason], ", ")))
	}
}

// wrapped breaks text at spaces into lines of at most [width] columns. The first line starts with the value of first, and every other line
// starts with the value of indent.
func wrapped(first, indent, text string) string {
	var lines strings.Builder

	line := first
	isEmpty := true

	for paragraph := range strings.SplitSeq(text, "\n") {
		for word := range strings.FieldsSeq(paragraph) {
			if !isEmpty && len([]rune(line))+1+len([]rune(word)) > width {
				lines.WriteString(strings.TrimRight(line, " ") + "\n")

				line, isEmpty = indent, true
			}

			if !isEmpty {
				line += " "
			}

			line += word
			isEmpty = false
		}
	}

	return lines.String() + strings.TrimRight(line, " ") + "\n"
}

// ValueText formats a value for the report.
func (r Reading) ValueText() string {
	switch value := r.Value.(type) {
	case bool:
		if value {
			return "yes"
		}

		return "no"
	case []string:
		if len(value) == 0 {
			return "none"
		}

		return strings.Join(value, ", ")
	case string:
		if strings.TrimSpace(value) != value {
			return strconv.Quote(value)
		}

		return value
	default:
		return fmt.Sprint(value)
	}
}

// Message wraps each line of a message to the width of the report.
func Message(text string) string {
	var lines strings.Builder

	for line := range strings.SplitSeq(text, "\n") {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		if strings.HasPrefix(line[len(indent):], "- ") {
			lines.WriteString(wrapped(indent, indent+"  ", line))
		} else {
			lines.WriteString(wrapped(indent, indent, line))
		}
	}

	return lines.String()
}
