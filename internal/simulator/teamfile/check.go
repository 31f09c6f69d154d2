package teamfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// check adds a problem for everything that a simulator would reject. It first looks for duplicate and unknown names, to report them with line
// numbers. If there are no such names, it passes the options to a simulator to find other problems.
func (d *decoder) check(options simulator.Options) {
	if len(d.problems) > 0 {
		return // The simulator would report the same problems again.
	}

	d.checkPeople(options.SCIM)
	d.checkModels(options)
	d.checkSubscriptions(options)
	unique(d, "OAuth.Clients", "ID", options.OAuth.Clients, func(client oauth.Client) string { return client.ID })

	if len(d.problems) > 0 {
		return
	}

	_, err := simulator.New(options)

	for _, problem := range flatten(err) {
		d.problems = append(d.problems, d.located(strings.TrimPrefix(problem.Error(), "simulator options: ")))
	}
}

// located converts a simulator error that begins with the name of an option, such as "Reports.MaxPageSize must be at most 200", to a
// problem with the option's line and key.
func (d *decoder) located(text string) Problem {
	option, message, _ := strings.Cut(text, " ")
	option = strings.TrimSuffix(option, ":")

	if at, ok := d.found[option]; ok {
		return Problem{Line: at.line, Key: at.key, Text: message}
	}

	for _, field := range slices.Sorted(maps.Keys(d.found)) {
		if strings.HasSuffix(field, "."+option) {
			return Problem{Line: d.found[field].line, Key: d.found[field].key, Text: message}
		}
	}

	return Problem{Text: text}
}

// flatten returns the individual errors that were joined into err.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || strings.Count(err.Error(), "\n") == 0 {
		return slices.DeleteFunc([]error{err}, func(err error) bool { return err == nil })
	}

	var all []error
	for _, joinedError := range joined.Unwrap() {
		all = append(all, flatten(joinedError)...)
	}

	return all
}

// failAtf adds a problem at the position of a field. If the position is not known, failAtf uses the position of the closest enclosing field.
func (d *decoder) failAtf(field, format string, args ...any) {
	at := field
	for at != "" && d.found[at] == (position{}) {
		at = at[:max(0, strings.LastIndexAny(at, ".["))]
	}

	d.problems = append(d.problems, Problem{Line: d.found[at].line, Key: d.found[at].key, Text: fmt.Sprintf(format, args...)})
}

// unique adds a problem for each list element with the same field value as an earlier element. For each value, unique returns the index of
// the first element with that value.
func unique[T any](d *decoder, list, field string, elements []T, valueOf func(T) string) map[string]int {
	first := map[string]int{}

	for i, element := range elements {
		value := valueOf(element)
		if value == "" {
			continue
		}

		path := func(i int) string { return fmt.Sprintf("%s[%d].%s", list, i, field) }

		if firstIndex, isTaken := first[value]; isTaken {
			d.failAtf(path(i), "%q is repeated; the first occurrence is on line %d", value, d.found[path(firstIndex)].line)
		} else {
			first[value] = i
		}
	}

	return first
}

// known adds a problem if a field refers to an object that the file does not define.
func (d *decoder) known(field, value, what string, among map[string]int) {
	if _, ok := among[value]; ok || value == "" {
		return
	}

	const few = 5

	message := fmt.Sprintf("%q is not %s in this file", value, what)
	names := slices.Sorted(maps.Keys(among))

	if meant := closest(value, names); meant != "" {
		message += "; did you mean " + meant + "?"
	} else if len(names) > 0 && len(names) <= few {
		message += ", which defines " + strings.Join(names, ", ")
	}

	d.failAtf(field, "%s", message)
}

func (d *decoder) checkPeople(people scim.Options) {
	ids := unique(d, "SCIM.Users", "ID", people.Users, func(user scim.User) string { return user.ID })
	names := unique(d, "SCIM.Users", "UserName", people.Users, func(user scim.User) string { return strings.ToLower(user.UserName) })

	unique(d, "SCIM.Groups", "ID", people.Groups, func(group scim.Group) string { return group.ID })
	unique(d, "SCIM.Groups", "DisplayName", people.Groups, func(group scim.Group) string { return strings.ToLower(group.DisplayName) })

	for i, group := range people.Groups {
		for j, member := range group.Members {
			path := fmt.Sprintf("SCIM.Groups[%d].Members[%d]", i, j)

			if _, isID := ids[member]; !isID {
				d.known(path, strings.ToLower(member), "a user", names)
			}
		}
	}
}

func (d *decoder) checkModels(options simulator.Options) {
	const list = "Intelligence.Models"

	unique(d, list, "Key", options.Intelligence.Models, intelligence.KnowledgeModel.ID)

	for i, model := range options.Intelligence.Models {
		if model.Content != nil {
			d.checkContent(fmt.Sprintf("%s[%d].Content", list, i), model.Content)
		}
	}
}

func (d *decoder) checkContent(path string, content *intelligence.Content) {
	records := unique(d, path+".Records", "ID", content.Records, func(record intelligence.Record) string { return record.ID })
	fields := make([]map[string]int, len(content.Records))

	for i, record := range content.Records {
		at := fmt.Sprintf("%s.Records[%d]", path, i)
		fields[i] = unique(d, at+".Fields", "ID", record.Fields, func(field intelligence.Field) string { return field.ID })

		for j, row := range record.Rows {
			for _, field := range slices.Sorted(maps.Keys(row)) {
				d.known(fmt.Sprintf("%s.Rows[%d]", at, j), field, "a field of the "+record.ID+" record", fields[i])
			}
		}
	}

	unique(d, path+".KPIs", "ID", content.KPIs, func(kpi intelligence.KPI) string { return kpi.ID })

	for i, kpi := range content.KPIs {
		at := fmt.Sprintf("%s.KPIs[%d]", path, i)
		d.known(at+".RecordID", kpi.RecordID, "a record", records)

		if record, ok := records[kpi.RecordID]; ok {
			d.known(at+".FieldID", kpi.FieldID, "a field of the "+kpi.RecordID+" record", fields[record])
		}
	}

	unique(d, path+".Filters", "ID", content.Filters, func(filter intelligence.Filter) string { return filter.ID })
	unique(d, path+".Triggers", "ID", content.Triggers, func(trigger intelligence.Trigger) string { return trigger.ID })

	for i, trigger := range content.Triggers {
		d.known(fmt.Sprintf("%s.Triggers[%d].RecordID", path, i), trigger.RecordID, "a record", records)
	}
}

func (d *decoder) checkSubscriptions(options simulator.Options) {
	const list = "Subscriptions.Existing"

	unique(d, list, "ID", options.Subscriptions.Existing, func(s intelligence.Subscription) string { return s.ID })

	models := map[string]int{}
	for i, model := range options.Intelligence.Models {
		models[model.ID()] = i
	}

	for i, subscription := range options.Subscriptions.Existing {
		at := fmt.Sprintf("%s[%d]", list, i)

		model, ok := models[subscription.KnowledgeModelID]
		if !ok {
			if options.Intelligence.KnowledgeModels == 0 { // Without generated models, the subscription must refer to a model in the file.
				d.known(at+".KnowledgeModelID", subscription.KnowledgeModelID, "a Knowledge Model", models)
			}

			continue
		}

		if content := options.Intelligence.Models[model].Content; content != nil {
			triggers := map[string]int{}
			for j, trigger := range content.Triggers {
				triggers[trigger.ID] = j
			}

			d.known(at+".TriggerID", subscription.TriggerID, "a trigger of "+subscription.KnowledgeModelID, triggers)
		}
	}
}
