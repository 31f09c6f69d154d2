// Package intelligence simulates the Knowledge Model API and the Event Subscription API of a team. Knowledge Models contain records, KPIs,
// filters and triggers; subscriptions refer to the triggers.
package intelligence

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// KnowledgeModel is a published Knowledge Model in a Studio package.
type KnowledgeModel struct {
	// PackageKey is the key of the Studio package that contains the Knowledge Model.
	PackageKey string
	// Key is the key of the Knowledge Model within its package.
	Key string
	// Name is the display name of the Knowledge Model.
	Name string
	// Published is the time at which the Knowledge Model was last published, such as 2026-02-03 09:15:00.
	Published string
	// ExtendedID is the id of the Knowledge Model that this Knowledge Model extends.
	ExtendedID string
	// Content is the model's schema and data. If Content is nil, the simulator generates the content on demand.
	Content *Content
}

// ID returns the model's id in the API: "<package key>.<key>".
func (m KnowledgeModel) ID() string {
	return m.PackageKey + "." + m.Key
}

// KnowledgeModels contains the team's Knowledge Models and serves the Knowledge Model API.
type KnowledgeModels struct {
	opts     Options
	seed     uint64
	contents contents

	mu sync.Mutex
	// The following slices contain the same models in three different orders. A slice is never modified, only replaced, so that requests can
	// continue to read the old slice.
	unsorted []KnowledgeModel
	byID     []KnowledgeModel
	byName   []KnowledgeModel
}

// SetKnowledgeModels replaces all models. If several models have the same id, the last one is used.
func (k *KnowledgeModels) SetKnowledgeModels(models []KnowledgeModel) {
	k.mu.Lock()
	defer k.mu.Unlock()

	k.set(models)
}

// AddKnowledgeModel adds a model, or replaces the model with the same id.
func (k *KnowledgeModels) AddKnowledgeModel(model KnowledgeModel) {
	k.mu.Lock()
	defer k.mu.Unlock()

	k.set(append(slices.Clone(k.byID), model))
}

// RemoveKnowledgeModel removes the model with the given id. It does nothing if the model does not exist.
func (k *KnowledgeModels) RemoveKnowledgeModel(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()

	k.set(slices.DeleteFunc(slices.Clone(k.byID), func(model KnowledgeModel) bool {
		return model.ID() == id
	}))
}

// NewKnowledgeModels returns the Knowledge Models that opts define, including generated models. Ids must be unique.
func NewKnowledgeModels(opts Options, seed uint64) (*KnowledgeModels, error) {
	all := append(GenerateKnowledgeModels(opts.KnowledgeModels, seed), opts.Models...)
	ids := make(map[string]bool, len(all))

	for _, model := range all {
		if model.PackageKey == "" || model.Key == "" || model.Name == "" {
			return nil, fmt.Errorf("%w: the Knowledge Model %q lacks a package key, key or name", server.ErrOptions, model.ID())
		}

		if ids[model.ID()] {
			return nil, fmt.Errorf("%w: the Knowledge Model %q is defined twice", server.ErrOptions, model.ID())
		}

		ids[model.ID()] = true

		if model.Content == nil {
			continue
		}

		if err := model.Content.check(); err != nil {
			return nil, fmt.Errorf("%w: the Knowledge Model %q: %w", server.ErrOptions, model.ID(), err)
		}
	}

	k := &KnowledgeModels{opts: opts, seed: seed, contents: contents{seed: seed, rows: opts.RowsPerRecord}}
	k.set(all)

	return k, nil
}

// set replaces the models and sorts them in each of the three orders.
func (k *KnowledgeModels) set(models []KnowledgeModel) {
	unique := make(map[string]KnowledgeModel, len(models))
	for _, model := range models {
		unique[model.ID()] = model
	}

	// Compute the keys once per model instead of once per comparison.
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

// shuffled computes a model's sort key for lists that are requested without `sort`. The key depends only on the id and the seed, so that the
// order looks random but does not change.
func (k *KnowledgeModels) shuffled(id string) uint64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(id)) // Writing to a hash never fails.
	_, _ = hash.Write(binary.LittleEndian.AppendUint64(nil, k.seed))

	return hash.Sum64()
}

// ordered returns the models that the caller may use, in the requested order.
func (k *KnowledgeModels) ordered(sort string, identity server.Identity) []KnowledgeModel {
	k.mu.Lock()
	defer k.mu.Unlock()

	models := k.unsorted

	switch sort {
	case "id":
		models = k.byID
	case "name":
		models = k.byName
	}

	if identity.Packages == nil {
		return models
	}

	return slices.DeleteFunc(slices.Clone(models), func(model KnowledgeModel) bool {
		return !identity.MayUse(model.PackageKey)
	})
}

func (k *KnowledgeModels) find(id string) (KnowledgeModel, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()

	i := slices.IndexFunc(k.byID, func(model KnowledgeModel) bool { return model.ID() == id })
	if i < 0 {
		return KnowledgeModel{}, false
	}

	return k.byID[i], true
}

// list serves GET /knowledge-models. The list contains only models whose package the caller may use.
func (k *KnowledgeModels) list(c *server.Call) server.Response {
	request, problem := c.PageRequest("id", "name")
	if problem != nil {
		return c.Fail(*problem)
	}

	models := k.ordered(request.Sort, c.Identity)

	return c.PageResponse(request, server.Listing{
		Count: len(models),
		Item: func(i int) server.Object {
			if request.Descending {
				i = len(models) - 1 - i
			}

			return k.listItem(c, models[i])
		},
		Generated: func(i int) server.Object {
			return k.listItem(c, KnowledgeModel{
				PackageKey: "generated",
				Key:        fmt.Sprintf("model-%09d", i),
				Name:       fmt.Sprintf("Generated - %09d", i),
			})
		},
	})
}

func (*KnowledgeModels) listItem(c *server.Call, model KnowledgeModel) server.Object {
	item := server.Object{"id": model.ID(), "name": model.Name}
	c.Optional(item, "published", model.Published)

	return item
}

// detail serves GET /knowledge-models/{km_id}.
func (k *KnowledgeModels) detail(c *server.Call) server.Response {
	model, problem := k.requestedModel(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	body := server.Object{"id": model.ID(), "name": model.Name}
	c.Optional(body, "extendedKMId", model.ExtendedID)

	return server.JSONResponse(http.StatusOK, server.TypeJSON, body)
}

// requestedModel returns the model in the request path if the caller may use it.
func (k *KnowledgeModels) requestedModel(c *server.Call) (KnowledgeModel, *server.Failure) {
	model, ok := k.find(c.Vars["km_id"])
	if !ok {
		return KnowledgeModel{}, &server.Failure{
			Status:    http.StatusNotFound,
			Code:      "KM_MODEL_NOTFOUND",
			Detail:    "The Knowledge Model does not exist.",
			Attribute: "km_id",
		}
	}

	if !c.Identity.MayUse(model.PackageKey) {
		denied := server.AccessDenied()

		return KnowledgeModel{}, &denied
	}

	return model, nil
}

// Area describes the Knowledge Model API. Triggers belong to the Event Subscription API.
func (k *KnowledgeModels) Area() server.Area {
	const (
		prefix = "/intelligence/api"
		models = prefix + "/knowledge-models"
		model  = models + "/{km_id}"
		record = model + "/records/{record_id}"
	)

	list := []string{"page", "pageSize", "sort"}
	data := []string{
		"filters" + server.MayRepeat, "fields", "page", "pageSize", "sort", "filterExpr" + server.MayRepeat, "options", "searchTerm",
		"searchPrecision", "searchField",
	}

	return server.Area{
		Name:   "knowledge-models",
		Prefix: prefix,
		Scope:  "intelligence.knowledge-models:read",
		Routes: []server.Route{
			{Method: http.MethodGet, Pattern: models, Query: list, Serve: k.list, Pages: true},
			{Method: http.MethodGet, Pattern: model, Serve: k.detail},
			{Method: http.MethodGet, Pattern: model + "/filters", Query: list, Serve: k.listFilters, Pages: true},
			{Method: http.MethodGet, Pattern: model + "/kpis", Query: list, Serve: k.listKPIs, Pages: true},
			{Method: http.MethodGet, Pattern: model + "/records", Query: list, Serve: k.listRecords, Pages: true},
			{Method: http.MethodGet, Pattern: record, Query: []string{"sort"}, Serve: k.recordDetail},
			{Method: http.MethodGet, Pattern: model + "/spec", Query: []string{"curated"}, Serve: k.spec},
			{Method: http.MethodGet, Pattern: model + "/data", Query: append([]string{"kpis"}, data...), Serve: k.modelData, Pages: true},
			{Method: http.MethodPost, Pattern: model + "/data", Serve: k.postModelData, Pages: true},
			{Method: http.MethodGet, Pattern: record + "/data", Query: data, Serve: k.recordData, Pages: true},
			{Method: http.MethodPost, Pattern: record + "/data", Serve: k.postRecordData, Pages: true},
		},
	}
}
