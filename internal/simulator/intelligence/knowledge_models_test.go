package intelligence_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestListHasTheDocumentedEnvelope(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{simulatortest.Model("otc", "km", "Order to Cash")}}})
	got := tm.Get(simulatortest.ModelsPath + "?sort=id").Want(http.StatusOK)

	want := map[string]any{
		"content": []any{map[string]any{"id": "otc.km", "name": "Order to Cash", "published": "2026-02-03 09:15:00"}},
		"page":    0.0, "pageSize": 50.0, "total": 1.0, "sort": "+id",
	}
	if !reflect.DeepEqual(got.Object(), want) {
		t.Errorf("body = %v, want %v", got.Object(), want)
	}

	if contentType := got.Header.Get("Content-Type"); contentType != "application/json" {
		t.Errorf("Content-Type = %q", contentType)
	}
}

func TestEmptyListIsAnEmptyArray(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{NullFields: true}})
	if content, ok := tm.Get(simulatortest.ModelsPath).Want(http.StatusOK).Object()["content"].([]any); !ok || len(content) != 0 {
		t.Errorf("content = %v", content)
	}
}

func TestListIsPaged(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}})

	var seen []string

	for page, want := range []int{50, 50, 20, 0} {
		ids := tm.Get(fmt.Sprintf("%s?sort=id&page=%d", simulatortest.ModelsPath, page)).IDs()
		if len(ids) != want {
			t.Errorf("page %d contains %d items, want %d", page, len(ids), want)
		}

		seen = append(seen, ids...)
	}

	if !slices.IsSorted(seen) || len(slices.Compact(seen)) != 120 {
		t.Errorf("the pages do not form a sorted list of 120 items: %d", len(seen))
	}

	if ids := tm.Get(simulatortest.ModelsPath + "?page=2147483647").IDs(); len(ids) != 0 {
		t.Errorf("the page with the highest page number contains items: %v", ids)
	}
}

func TestListRejectsInvalidPageNumbers(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}})

	for _, query := range []string{
		"page=-1", "page=x", "page=", "page=1.0", "page=%2B1", "page=2147483648",
		"pageSize=0", "pageSize=-1", "pageSize=x", "pageSize=", "pageSize=5e1",
	} {
		tm.Get(simulatortest.ModelsPath+"?"+query).WantError(http.StatusBadRequest, "GENERAL_PARAMETER_MISSMATCH")
	}
}

func TestListIsSortedCaseInsensitively(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{
		simulatortest.Model("B", "km", "alpha"), simulatortest.Model("a", "km", "Zeta"), simulatortest.Model("c", "km", "Beta"),
	}}})

	for query, want := range map[string]struct {
		ids  []string
		sort string
	}{
		"id":      {[]string{"a.km", "B.km", "c.km"}, "+id"},
		"%2Bid":   {[]string{"a.km", "B.km", "c.km"}, "+id"},
		"-id":     {[]string{"c.km", "B.km", "a.km"}, "-id"},
		"name":    {[]string{"B.km", "c.km", "a.km"}, "+name"},
		"-name":   {[]string{"a.km", "c.km", "B.km"}, "-name"},
		"%2Bname": {[]string{"B.km", "c.km", "a.km"}, "+name"},
	} {
		got := tm.Get(simulatortest.ModelsPath + "?sort=" + query)
		if !slices.Equal(got.IDs(), want.ids) || got.Object()["sort"] != want.sort {
			t.Errorf("sort=%s: body = %s, want %v", query, got.Body, want)
		}
	}
}

func TestListRejectsUnknownSortFields(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}})

	for query, code := range map[string]string{
		"published": "SORT_UNKNOWN_FIELD",
		"ID":        "SORT_UNKNOWN_FIELD",
		"id,name":   "SORT_UNKNOWN_FIELD",
		"--id":      "SORT_UNKNOWN_FIELD",
		"-%2Bid":    "SORT_UNKNOWN_FIELD",
		"+id":       "SORT_UNKNOWN_FIELD", // An unescaped + is decoded as a space.
		"":          "SORT_IS_EMPTY",
		"-":         "SORT_IS_EMPTY",
		"%2B":       "SORT_IS_EMPTY",
	} {
		tm.Get(simulatortest.ModelsPath+"?sort="+query).WantError(http.StatusBadRequest, code)
	}
}

func TestUnsortedListHasAFixedOrder(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 50}, Seed: 1})
	got := tm.Get(simulatortest.ModelsPath)

	if _, ok := got.Object()["sort"]; ok {
		t.Errorf("the response contains a sort: %s", got.Body)
	}

	if slices.IsSorted(got.IDs()) {
		t.Error("the list is sorted by id")
	}

	if again := tm.Get(simulatortest.ModelsPath).IDs(); !slices.Equal(again, got.IDs()) {
		t.Error("the order differs between requests")
	}
}

func TestSeedVariesTheOrderOfUnsortedLists(t *testing.T) {
	t.Parallel()

	models := intelligence.GenerateKnowledgeModels(50, 1)
	list := func(seed uint64) []string {
		return simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: models}, Seed: seed}).Get(simulatortest.ModelsPath).IDs()
	}

	if slices.Equal(list(1), list(2)) {
		t.Error("the order is the same for different seeds")
	}
}

func TestEqualNamesAreSortedByID(t *testing.T) {
	t.Parallel()

	var (
		models []intelligence.KnowledgeModel
		want   []string
	)

	for i := range 300 {
		m := simulatortest.Model(fmt.Sprintf("p%03d", i), "km", []string{"Name", "NAME", "name"}[i*i%3])
		models, want = append(models, m), append(want, m.ID())
	}

	for i := range 300 {
		models = append(models, simulatortest.Model(fmt.Sprintf("a%03d", i*7%300), "km", fmt.Sprintf("Other %d", i%5)))
	}

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: models}, Server: server.Options{Licence: "XL"}})
	if got := tm.Get(simulatortest.ModelsPath + "?pageSize=300&sort=name").IDs(); !slices.Equal(got, want) {
		t.Errorf("ids in ascending order = %v", got)
	}

	slices.Reverse(want)

	if got := tm.Get(simulatortest.ModelsPath + "?pageSize=300&page=1&sort=-name").IDs(); !slices.Equal(got, want) {
		t.Errorf("ids in descending order = %v", got)
	}
}

func TestIDsThatDifferOnlyInCaseAreSorted(t *testing.T) {
	t.Parallel()

	var (
		models []intelligence.KnowledgeModel
		want   []string
	)

	for i := range 20 {
		for _, form := range []string{"P%02d", "p%02d"} {
			m := simulatortest.Model(fmt.Sprintf(form, i), "km", "Name")
			models, want = append(models, m), append(want, m.ID())
		}
	}

	if got := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: models}}).Get(simulatortest.ModelsPath + "?sort=id").IDs(); !slices.Equal(got, want) {
		t.Errorf("ids = %v", got)
	}
}

func TestPageSizeAboveTheMaximum(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		opts     simulator.Options
		pageSize int
		want     int // 0 = rejected
	}{
		{simulator.Options{}, 60, 50},
		{simulator.Options{Server: server.Options{Licence: "M"}}, 120, 100},
		{simulator.Options{Server: server.Options{Licence: "L"}}, 600, 500},
		{simulator.Options{Server: server.Options{Licence: "XL"}}, 6000, 5000},
		{simulator.Options{Server: server.Options{Licence: "XL", MaxPageSize: 7}}, 20, 7},
		{simulator.Options{Server: server.Options{MaxPageSize: 7}}, 7, 7},
		{simulator.Options{Server: server.Options{PageSizeAboveMax: server.CapPageSize}}, 60, 50},
		{simulator.Options{Server: server.Options{PageSizeAboveMax: server.HonourPageSize}}, 60, 60},
		{simulator.Options{Server: server.Options{PageSizeAboveMax: server.RefusePageSize}}, 60, 0},
		{simulator.Options{Server: server.Options{PageSizeAboveMax: server.RefusePageSize}}, 50, 50},
	} {
		test.opts.Intelligence.KnowledgeModels = test.pageSize + 100
		got := simulatortest.NewTeam(t, test.opts).Get(fmt.Sprintf("%s?pageSize=%d", simulatortest.ModelsPath, test.pageSize))

		if test.want == 0 {
			got.WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")

			continue
		}

		if size := got.Object()["pageSize"]; len(got.IDs()) != test.want || size != float64(test.want) {
			t.Errorf("%+v: %d items, pageSize = %v, want %d", test.opts, len(got.IDs()), size, test.want)
		}
	}
}

func TestSilentlyCappedPageReturnsTheRequestedSize(t *testing.T) {
	t.Parallel()

	got := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 80}, Server: server.Options{PageSizeAboveMax: server.CapPageSizeSilently}}).Get(simulatortest.ModelsPath + "?pageSize=60")
	if size := got.Object()["pageSize"]; len(got.IDs()) != 50 || size != 60.0 {
		t.Errorf("%d items, pageSize = %v", len(got.IDs()), size)
	}
}

func TestPageAfterTheLastPage(t *testing.T) {
	t.Parallel()

	for _, page := range []string{"2", "7"} {
		path := simulatortest.ModelsPath + "?pageSize=2&sort=id&page=" + page
		at := func(pastEnd server.PastEnd) simulatortest.Reply {
			return simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 4}, Server: server.Options{PastEnd: pastEnd}}).Get(path)
		}

		if got := at(server.PastEndEmpty); got.Status != http.StatusOK || len(got.IDs()) != 0 {
			t.Errorf("page %s: status %d, %d items", page, got.Status, len(got.IDs()))
		}

		at(server.PastEndBadRequest).WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
		at(server.PastEndNotFound).WantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")

		if got := at(server.PastEndLastPage); len(got.IDs()) != 2 || got.Object()["page"] != 1.0 {
			t.Errorf("page %s: body = %v", page, got.Object())
		}
	}

	// The first page of an empty list does not count as a page after the last page.
	if got := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{PastEnd: server.PastEndBadRequest}}).Get(simulatortest.ModelsPath); got.Status != http.StatusOK {
		t.Errorf("status = %d", got.Status)
	}
}

func TestDefaultPageSizeRespectsASmallerLimit(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{
		Intelligence: intelligence.Options{KnowledgeModels: 20}, Server: server.Options{MaxPageSize: 7, PageSizeAboveMax: server.RefusePageSize},
	})
	if ids := tm.Get(simulatortest.ModelsPath).IDs(); len(ids) != 7 {
		t.Errorf("%d items", len(ids))
	}
}

func TestEnvelopeOptions(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		name  string
		opts  simulator.Options
		field string
		want  any // nil = omitted
	}{
		{"total of the list", simulator.Options{Server: server.Options{Total: server.TotalCountsAll}}, "total", 5.0},
		{"total of the page", simulator.Options{Server: server.Options{Total: server.TotalCountsPage}}, "total", 2.0},
		{"no total", simulator.Options{Server: server.Options{Total: server.TotalAbsent}}, "total", nil},
		{"page size", simulator.Options{}, "pageSize", 2.0},
		{"no page size", simulator.Options{Server: server.Options{OmitPageSize: true}}, "pageSize", nil},
		{"sort as array", simulator.Options{Server: server.Options{SortAsArray: true}}, "sort", []any{"-name"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			test.opts.Intelligence.KnowledgeModels = 5
			got, ok := simulatortest.NewTeam(t, test.opts).Get(simulatortest.ModelsPath + "?pageSize=2&sort=-name").Object()[test.field]

			if !reflect.DeepEqual(got, test.want) || ok != (test.want != nil) {
				t.Errorf("%s = %v, want %v", test.field, got, test.want)
			}
		})
	}
}

func TestEmptyFieldsAreAbsentOrNull(t *testing.T) {
	t.Parallel()

	bare := []intelligence.KnowledgeModel{{PackageKey: "p", Key: "km", Name: "Bare"}}

	for _, null := range []bool{false, true} {
		tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: bare}, Server: server.Options{NullFields: null}})
		for target, want := range map[string]string{
			simulatortest.ModelsPath:           `"published":null`,
			simulatortest.ModelsPath + "?":     `"sort":null`,
			simulatortest.ModelsPath + "/p.km": `"extendedKMId":null`,
		} {
			name, _, _ := strings.Cut(want, ":")
			body := tm.Get(target).Want(http.StatusOK).Body

			if strings.Contains(body, want) != null || strings.Contains(body, name) != null {
				t.Errorf("NullFields %v: %s: body = %s", null, target, body)
			}
		}
	}
}

func TestUnknownOrRepeatedParametersAreRejected(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{simulatortest.Model("p", "km", "Name")}}})

	for _, target := range []string{
		simulatortest.ModelsPath + "?pagesize=5",
		simulatortest.ModelsPath + "?filter=x",
		simulatortest.ModelsPath + "?page=0&page=0",
		simulatortest.ModelsPath + "?page=%zz",
		simulatortest.ModelsPath + "/p.km?page=0",
	} {
		tm.Get(target).WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	}
}

func TestGETWithABodyIsRejected(t *testing.T) {
	t.Parallel()

	simulatortest.NewTeam(t, simulator.Options{}).
		Do(http.MethodGet, simulatortest.ModelsPath, "{}", "Authorization", "Bearer "+oauth.DefaultUserKey().Value).
		WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
}

func TestModelIsReadByID(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{
		simulatortest.Model("p", "km", "Name"), simulatortest.Model("odd", "a/b c", "Odd"),
	}}})

	want := map[string]any{"id": "p.km", "name": "Name", "extendedKMId": "base.km"}
	if got := tm.Get(simulatortest.ModelsPath + "/p.km").Want(http.StatusOK).Object(); !reflect.DeepEqual(got, want) {
		t.Errorf("body = %v, want %v", got, want)
	}

	if got := tm.Get(simulatortest.ModelsPath + "/odd.a%2Fb%20c").Want(http.StatusOK).Object(); got["id"] != "odd.a/b c" {
		t.Errorf("body = %v", got)
	}
}

func TestUnknownIdsAndPathsAreNotFound(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{simulatortest.Model("p", "km", "Name")}}})

	tm.Get(simulatortest.ModelsPath+"/p.other").WantError(http.StatusNotFound, "KM_MODEL_NOTFOUND")
	tm.Get(simulatortest.ModelsPath+"/P.km").WantError(http.StatusNotFound, "KM_MODEL_NOTFOUND")

	for _, target := range []string{
		"/intelligence/api", "/intelligence/api/", "/intelligence/api/nothing", simulatortest.ModelsPath + "/", simulatortest.ModelsPath + "/p.km/",
		simulatortest.ModelsPath + "/p.km/nothing", "/intelligence/api//knowledge-models",
	} {
		tm.Get(target).WantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")
	}
}

func TestOtherPathsBelongToTheWebApplication(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})

	for _, target := range []string{"/", "/intelligence", "/intelligence/apis", "/api/knowledge-models", "/oauth2/token/"} {
		got := tm.Do(http.MethodGet, target, "").Want(http.StatusNotFound)
		if got.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(got.Body, "<html") {
			t.Errorf("%s: header = %v, body = %s", target, got.Header, got.Body)
		}
	}
}

func TestOtherMethodsAreRejected(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{simulatortest.Model("p", "km", "Name")}}})

	for _, target := range []string{simulatortest.ModelsPath, simulatortest.ModelsPath + "/p.km"} {
		for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodHead} {
			got := tm.Do(method, target, "", "Authorization", "Bearer "+oauth.DefaultUserKey().Value)
			got.Want(http.StatusMethodNotAllowed)

			if allow := got.Header.Get("Allow"); allow != http.MethodGet {
				t.Errorf("Allow = %q", allow)
			}
		}
	}
}

func TestListContainsOnlyPermittedPackages(t *testing.T) {
	t.Parallel()

	client := oauth.DefaultClient()
	client.Packages = []string{"mine"}
	limited := oauth.Key{Value: "limited", Packages: []string{"mine"}}
	none := oauth.Key{Value: "none", Packages: []string{}}
	tm := simulatortest.NewTeam(t, simulator.Options{
		Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{simulatortest.Model("mine", "km", "Mine"), simulatortest.Model("other", "km", "Other")}},
		OAuth: oauth.Options{
			Clients:         []oauth.Client{client},
			ApplicationKeys: []oauth.Key{limited},
			UserKeys:        []oauth.Key{limited, none, {Value: "all"}},
		},
	})

	for authorization, want := range map[string][]string{
		"Bearer limited": {"mine.km"},
		"AppKey limited": {"mine.km"},
		"Bearer " + tm.Token(simulatortest.ModelsScope): {"mine.km"},
		"Bearer none": {},
		"Bearer all":  {"mine.km", "other.km"},
	} {
		got := tm.Do(http.MethodGet, simulatortest.ModelsPath+"?sort=id", "", "Authorization", authorization)
		if !slices.Equal(got.IDs(), want) || got.Object()["total"] != float64(len(want)) {
			t.Errorf("%s: body = %s, want %v", authorization, got.Body, want)
		}

		detail := tm.Do(http.MethodGet, simulatortest.ModelsPath+"/other.km", "", "Authorization", authorization)
		if slices.Contains(want, "other.km") {
			detail.Want(http.StatusOK)
		} else {
			detail.WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		}
	}
}

func TestModelsCanChange(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 5}})
	list := func() []string { return tm.Get(simulatortest.ModelsPath + "?sort=id").IDs() }

	tm.SetKnowledgeModels([]intelligence.KnowledgeModel{simulatortest.Model("b", "km", "B"), simulatortest.Model("a", "km", "old"), simulatortest.Model("a", "km", "A")})

	if got := list(); !slices.Equal(got, []string{"a.km", "b.km"}) {
		t.Errorf("ids after SetKnowledgeModels = %v", got)
	}

	tm.AddKnowledgeModel(simulatortest.Model("c", "km", "C"))
	tm.AddKnowledgeModel(simulatortest.Model("a", "km", "renamed"))
	tm.RemoveKnowledgeModel("b.km")
	tm.RemoveKnowledgeModel("unknown.km")

	if got := list(); !slices.Equal(got, []string{"a.km", "c.km"}) {
		t.Errorf("ids after adding and removing = %v", got)
	}

	if got := tm.Get(simulatortest.ModelsPath + "/a.km").Object()["name"]; got != "renamed" {
		t.Errorf("name = %v", got)
	}
}

func TestGeneratedModelsAreUniqueAndWellFormed(t *testing.T) {
	t.Parallel()

	const many = 20_000

	models := intelligence.GenerateKnowledgeModels(many, 7)
	if len(models) != many {
		t.Fatalf("%d models", len(models))
	}

	idForm := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$`)
	dateForm := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`)
	ids, names, packages := map[string]bool{}, map[string]bool{}, map[string]int{}
	extended := 0

	for _, m := range models {
		if !idForm.MatchString(m.ID()) || !dateForm.MatchString(m.Published) {
			t.Fatalf("malformed: %+v", m)
		}

		if m.ExtendedID != "" {
			extended++

			if !ids[m.ExtendedID] {
				t.Fatalf("%+v extends a missing model", m)
			}
		}

		ids[m.ID()], names[m.Name] = true, true
		packages[m.PackageKey]++
	}

	if len(ids) != many || len(names) != many || len(packages) > many/2 || extended == 0 {
		t.Errorf("%d distinct ids, %d names, %d packages, %d extensions", len(ids), len(names), len(packages), extended)
	}
}

func TestGeneratedModelsAreReproducible(t *testing.T) {
	t.Parallel()

	few, many := intelligence.GenerateKnowledgeModels(100, 3), intelligence.GenerateKnowledgeModels(5000, 3)
	if !slices.Equal(few, many[:100]) {
		t.Error("a larger number of models changed the first models")
	}

	if slices.Equal(few, intelligence.GenerateKnowledgeModels(100, 4)) {
		t.Error("the models are the same for different seeds")
	}

	if got := intelligence.GenerateKnowledgeModels(0, 3); len(got) != 0 {
		t.Errorf("GenerateKnowledgeModels(0) = %v", got)
	}
}

func TestTeamContainsGeneratedAndGivenModels(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{
		Seed: 9,
		Intelligence: intelligence.Options{
			KnowledgeModels: 2, Models: []intelligence.KnowledgeModel{simulatortest.Model("zz", "km", "Own")},
		},
	})
	want := []string{"zz.km"}

	for _, m := range intelligence.GenerateKnowledgeModels(2, 9) {
		want = append(want, m.ID())
	}

	slices.Sort(want)

	if got := tm.Get(simulatortest.ModelsPath + "?sort=id").IDs(); !slices.Equal(got, want) {
		t.Errorf("ids = %v, want %v", got, want)
	}
}

func TestNamesInAnyScriptAreServed(t *testing.T) {
	t.Parallel()

	const name = "Öl & Gas – <EMEA> \"β\""

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{simulatortest.Model("p", "km", name)}}})

	var detail struct {
		Name string `json:"name"`
	}

	if err := json.Unmarshal([]byte(tm.Get(simulatortest.ModelsPath+"/p.km").Body), &detail); err != nil || detail.Name != name {
		t.Errorf("name = %q, error = %v", detail.Name, err)
	}
}
