package client

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// KnowledgeModel is a Knowledge Model as the list has it.
// Source: operation getKnowledgeModel of the Knowledge Model API.
type KnowledgeModel struct {
	// ID is <package key>.<key>.
	ID   string
	Name string
	// Published is when the model was published, as the service writes it: date and time without a zone. Empty if unknown.
	Published string
}

// KnowledgeModelDetail is one Knowledge Model.
// Source: operation getKnowledgeModelDetails of the Knowledge Model API.
type KnowledgeModelDetail struct {
	ID, Name string
	// ExtendedID is the id of the model that this one extends. Empty if it extends none.
	ExtendedID string
}

// SplitKnowledgeModelID returns the two parts of a Knowledge Model's id, <package key>.<key>.
func SplitKnowledgeModelID(id string) (packageKey, key string, err error) {
	packageKey, key, found := strings.Cut(id, ".")
	if !found || packageKey == "" || key == "" || strings.TrimSpace(id) != id {
		return "", "", fmt.Errorf("%q is not of the form <package_key>.<key>, such as order-to-cash.otc-km", id)
	}

	return packageKey, key, nil
}

// KnowledgeModels returns all Knowledge Models that the identity may see, by id. The slice is shared: do not change it.
func (c *Client) KnowledgeModels(ctx context.Context) ([]KnowledgeModel, error) {
	models, _, err := shared(ctx, c, knowledgeModelsKey(), time.Time{}, c.listKnowledgeModels)

	return models, err
}

// KnowledgeModelByName returns the one Knowledge Model that has the name. The error's reason tells none from several.
func (c *Client) KnowledgeModelByName(ctx context.Context, name string) (KnowledgeModel, error) {
	return find(ctx, c, knowledgeModelsKey(), c.listKnowledgeModels, func(models []KnowledgeModel) (KnowledgeModel, error) {
		var found []KnowledgeModel

		for _, model := range models {
			if model.Name == name {
				found = append(found, model)
			}
		}

		switch len(found) {
		case 1:
			return found[0], nil
		case 0:
			return KnowledgeModel{}, &Error{
				Reason: ReasonNotFound, Area: AreaKnowledgeModels,
				Detail: fmt.Sprintf("none of the %d Knowledge Models that these credentials may see is named %q", len(models), name),
			}
		default:
			ids := make([]string, 0, len(found))
			for _, model := range found {
				ids = append(ids, model.ID)
			}

			return KnowledgeModel{}, &Error{
				Reason: ReasonAmbiguous, Area: AreaKnowledgeModels,
				Detail: fmt.Sprintf("%d Knowledge Models are named %q: %s", len(found), name, strings.Join(ids, ", ")),
			}
		}
	})
}

// KnowledgeModel returns one Knowledge Model. Ids are case sensitive.
func (c *Client) KnowledgeModel(ctx context.Context, id string) (KnowledgeModelDetail, error) {
	key := readKey{area: AreaKnowledgeModels, name: "knowledge model " + id}
	detail, _, err := shared(ctx, c, key, time.Time{}, func(ctx context.Context) (KnowledgeModelDetail, error) {
		return c.readKnowledgeModel(ctx, id)
	})

	return detail, err
}

func (c *Client) readKnowledgeModel(ctx context.Context, id string) (KnowledgeModelDetail, error) {
	answered, err := c.send(ctx, request{area: AreaKnowledgeModels, method: http.MethodGet, path: knowledgeModelsPath(id)})
	if err != nil {
		return KnowledgeModelDetail{}, err
	}

	var body struct {
		ID         lenientString `json:"id"`
		Name       lenientString `json:"name"`
		ExtendedID lenientString `json:"extendedKMId"`
	}
	if err := decode(answered, "the Knowledge Model "+id, &body); err != nil {
		return KnowledgeModelDetail{}, err
	}

	if string(body.ID) != id {
		return KnowledgeModelDetail{}, invalidAnswer(answered.status, "the Knowledge Model %s was asked for, and %q came", id, body.ID)
	}

	return KnowledgeModelDetail{ID: id, Name: string(body.Name), ExtendedID: string(body.ExtendedID)}, nil
}

func knowledgeModelsKey() readKey {
	return readKey{area: AreaKnowledgeModels, name: "list of knowledge models"}
}

func knowledgeModelsPath(below ...string) []string {
	return append([]string{"intelligence", "api", "knowledge-models"}, below...)
}

func (c *Client) listKnowledgeModels(ctx context.Context) ([]KnowledgeModel, error) {
	type item struct {
		ID        lenientString `json:"id"`
		Name      lenientString `json:"name"`
		Published lenientString `json:"published"`
	}

	models, err := listPages(ctx, c, AreaKnowledgeModels, "the list of Knowledge Models", knowledgeModelsPath(),
		func(listed item) KnowledgeModel {
			return KnowledgeModel{ID: string(listed.ID), Name: string(listed.Name), Published: string(listed.Published)}
		},
		func(model KnowledgeModel) string { return model.ID })
	if err != nil {
		return nil, err
	}

	// The service orders without regard to case, and two ids may differ in nothing else.
	slices.SortFunc(models, func(a, b KnowledgeModel) int { return cmp.Compare(a.ID, b.ID) })

	return models, nil
}

// envelope is a page of a schema list. Its `sort` is left alone: it is a string or an array.
// Source: the page schemas of the Knowledge Model and Subscription APIs.
type envelope[I any] struct {
	Content  *[]I        `json:"content"`
	PageSize lenientInt  `json:"pageSize"`
	Total    *lenientInt `json:"total"`
}

// listPages reads a whole list of the Intelligence APIs. Sorting by id keeps the pages of one list apart.
func listPages[I, T any](
	ctx context.Context, client *Client, area Area, what string, path []string, convert func(I) T, id func(T) string,
) ([]T, error) {
	return pages[T]{
		what: what, id: id, size: client.pageSize, concurrent: client.concurrent,
		fetch: func(ctx context.Context, index, size int) (page[T], error) {
			answered, err := client.send(ctx, request{area: area, method: http.MethodGet, path: path, query: url.Values{
				"page": {strconv.Itoa(index)}, "pageSize": {strconv.Itoa(size)}, "sort": {"id"},
			}})
			if err != nil {
				return page[T]{}, err
			}

			var body envelope[I]
			if err := decode(answered, what, &body); err != nil {
				return page[T]{}, err
			}

			if body.Content == nil {
				return page[T]{}, invalidAnswer(answered.status, "%s: the answer holds no content", what)
			}

			got := page[T]{total: -1, size: max(int(body.PageSize), 0)}
			if body.Total != nil {
				got.total = int(*body.Total)
			}

			for _, listed := range *body.Content {
				item := convert(listed)
				if id(item) == "" {
					return page[T]{}, invalidAnswer(answered.status, "%s: an item on page %d has no id", what, index)
				}

				got.items = append(got.items, item)
			}

			return got, nil
		},
	}.all(ctx)
}
