package simulator

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// KnowledgeModel is a published Knowledge Model of a Studio package.
type KnowledgeModel struct {
	// PackageKey is the key of the Studio package.
	PackageKey string
	// Key is the key of the Knowledge Model within its package.
	Key string
	// Name is the name of the Knowledge Model.
	Name string
	// Published is the time of the last publication, such as 2026-02-03 09:15:00.
	Published string
	// ExtendedID is the id of the Knowledge Model that this one extends.
	ExtendedID string
	// Content is what the model holds; nil = made up on demand, as GenerateContent does.
	Content *Content
}

// ID is the id of the model in the API: "<package key>.<key>".
func (m KnowledgeModel) ID() string {
	return m.PackageKey + "." + m.Key
}

// knowledgeModels is the area of the Knowledge Model API.
type knowledgeModels struct {
	opts     IntelligenceOptions
	seed     uint64
	contents contents

	mu sync.Mutex
	// The models in three orders. They are replaced, never changed, so that a request can go on reading the ones it has.
	unsorted []KnowledgeModel
	byID     []KnowledgeModel
	byName   []KnowledgeModel
}

// SetKnowledgeModels replaces all models. Of several with the same id the last counts.
func (k *knowledgeModels) SetKnowledgeModels(models []KnowledgeModel) {
	k.mu.Lock()
	defer k.mu.Unlock()

	k.set(models)
}

// AddKnowledgeModel adds a model, or replaces the one with its id.
func (k *knowledgeModels) AddKnowledgeModel(model KnowledgeModel) {
	k.mu.Lock()
	defer k.mu.Unlock()

	k.set(append(slices.Clone(k.byID), model))
}

// RemoveKnowledgeModel removes the model with the id, if there is one.
func (k *knowledgeModels) RemoveKnowledgeModel(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()

	k.set(slices.DeleteFunc(slices.Clone(k.byID), func(model KnowledgeModel) bool {
		return model.ID() == id
	}))
}

func newKnowledgeModels(opts IntelligenceOptions, seed uint64) (*knowledgeModels, error) {
	all := append(GenerateKnowledgeModels(opts.KnowledgeModels, seed), opts.Models...)
	ids := make(map[string]bool, len(all))

	for _, model := range all {
		if model.PackageKey == "" || model.Key == "" || model.Name == "" {
			return nil, fmt.Errorf("%w: the Knowledge Model %q lacks a package key, key or name", errOptions, model.ID())
		}

		if ids[model.ID()] {
			return nil, fmt.Errorf("%w: the Knowledge Model %q is there twice", errOptions, model.ID())
		}

		ids[model.ID()] = true

		if model.Content == nil {
			continue
		}

		if err := model.Content.check(); err != nil {
			return nil, fmt.Errorf("%w: the Knowledge Model %q: %w", errOptions, model.ID(), err)
		}
	}

	k := &knowledgeModels{opts: opts, seed: seed, contents: contents{seed: seed, rows: opts.RowsPerRecord}}
	k.set(all)

	return k, nil
}

// set takes over the models in all orders.
func (k *knowledgeModels) set(models []KnowledgeModel) {
	unique := make(map[string]KnowledgeModel, len(models))
	for _, model := range models {
		unique[model.ID()] = model
	}

	// The keys are made once per model, not once per comparison.
	type sortable struct {
		KnowledgeModel

		id, foldedID, foldedName string
		shuffled                 uint64
	}

	all := make([]sortable, 0, len(unique))
	for id, model := range unique {
		all = append(all, sortable{model, id, strings.ToLower(id), strings.ToLower(model.Name), k.shuffled(id)})
	}

	order := func(compare func(a, b sortable) int) []KnowledgeModel {
		slices.SortFunc(all, func(a, b sortable) int {
			return cmp.Or(compare(a, b), strings.Compare(a.id, b.id))
		})

		ordered := make([]KnowledgeModel, len(all))
		for i := range all {
			ordered[i] = all[i].KnowledgeModel
		}

		return ordered
	}

	k.byID = order(func(a, b sortable) int { return strings.Compare(a.foldedID, b.foldedID) })
	k.byName = order(func(a, b sortable) int { return strings.Compare(a.foldedName, b.foldedName) })
	k.unsorted = order(func(a, b sortable) int { return cmp.Compare(a.shuffled, b.shuffled) })
}

// shuffled places a model in the order of an unsorted list: constant, but none that a client could mistake for sorted.
func (k *knowledgeModels) shuffled(id string) uint64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(id)) // A hash never fails.
	_, _ = hash.Write(binary.LittleEndian.AppendUint64(nil, k.seed))

	return hash.Sum64()
}

// ordered returns the models of the asked order that the caller may use.
func (k *knowledgeModels) ordered(sort string, who identity) []KnowledgeModel {
	k.mu.Lock()
	defer k.mu.Unlock()

	models := k.unsorted

	switch sort {
	case "id":
		models = k.byID
	case "name":
		models = k.byName
	}

	if who.packages == nil {
		return models
	}

	return slices.DeleteFunc(slices.Clone(models), func(model KnowledgeModel) bool {
		return !who.mayUse(model.PackageKey)
	})
}

func (k *knowledgeModels) find(id string) (KnowledgeModel, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()

	i := slices.IndexFunc(k.byID, func(model KnowledgeModel) bool { return model.ID() == id })
	if i < 0 {
		return KnowledgeModel{}, false
	}

	return k.byID[i], true
}

// list answers GET /knowledge-models: only models of packages that the caller may use are shown.
func (k *knowledgeModels) list(c *call) answer {
	asked, problem := c.pageRequest("id", "name")
	if problem != nil {
		return c.fail(*problem)
	}

	models := k.ordered(asked.sort, c.identity)

	return c.answerPage(asked, listing{
		count: len(models),
		item: func(i int) object {
			if asked.descending {
				i = len(models) - 1 - i
			}

			return k.listItem(c, models[i])
		},
		madeUp: func(i int) object {
			return k.listItem(c, KnowledgeModel{
				PackageKey: "made-up",
				Key:        fmt.Sprintf("model-%09d", i),
				Name:       fmt.Sprintf("Made up - %09d", i),
			})
		},
	})
}

func (*knowledgeModels) listItem(c *call, model KnowledgeModel) object {
	item := object{"id": model.ID(), "name": model.Name}
	c.optional(item, "published", model.Published)

	return item
}

// detail answers GET /knowledge-models/{km_id}.
func (k *knowledgeModels) detail(c *call) answer {
	model, problem := k.asked(c)
	if problem != nil {
		return c.fail(*problem)
	}

	body := object{"id": model.ID(), "name": model.Name}
	c.optional(body, "extendedKMId", model.ExtendedID)

	return jsonAnswer(http.StatusOK, typeJSON, body)
}

// asked finds the model of the path, if the caller may use it.
func (k *knowledgeModels) asked(c *call) (KnowledgeModel, *failure) {
	model, ok := k.find(c.vars["km_id"])
	if !ok {
		return KnowledgeModel{}, &failure{
			status:    http.StatusNotFound,
			code:      "KM_MODEL_NOTFOUND",
			detail:    "The Knowledge Model does not exist.",
			attribute: "km_id",
		}
	}

	if !c.identity.mayUse(model.PackageKey) {
		denied := accessDenied()

		return KnowledgeModel{}, &denied
	}

	return model, nil
}

// area describes the Knowledge Model API. Triggers belong to the Event Subscription API.
func (k *knowledgeModels) area() area {
	const (
		prefix = "/intelligence/api"
		models = prefix + "/knowledge-models"
		model  = models + "/{km_id}"
		record = model + "/records/{record_id}"
	)

	list := []string{"page", "pageSize", "sort"}
	data := []string{
		"filters" + mayRepeat, "fields", "page", "pageSize", "sort", "filterExpr" + mayRepeat, "options", "searchTerm",
		"searchPrecision", "searchField",
	}

	return area{
		name:   "knowledge-models",
		prefix: prefix,
		scope:  "intelligence.knowledge-models:read",
		routes: []route{
			{http.MethodGet, models, list, k.list, true},
			{http.MethodGet, model, nil, k.detail, false},
			{http.MethodGet, model + "/filters", list, k.listFilters, true},
			{http.MethodGet, model + "/kpis", list, k.listKPIs, true},
			{http.MethodGet, model + "/records", list, k.listRecords, true},
			{http.MethodGet, record, []string{"sort"}, k.recordDetail, false},
			{http.MethodGet, model + "/spec", []string{"curated"}, k.spec, false},
			{http.MethodGet, model + "/data", append([]string{"kpis"}, data...), k.modelData, true},
			{http.MethodPost, model + "/data", nil, k.postModelData, true},
			{http.MethodGet, record + "/data", data, k.recordData, true},
			{http.MethodPost, record + "/data", nil, k.postRecordData, true},
		},
	}
}
