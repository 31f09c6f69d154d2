package simulator_test

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
)

func TestListAnswersTheDocumentedEnvelope(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{model("otc", "km", "Order to Cash")}}})
	got := tm.get(listPath + "?sort=id").want(http.StatusOK)

	want := map[string]any{
		"content": []any{map[string]any{"id": "otc.km", "name": "Order to Cash", "published": "2026-02-03 09:15:00"}},
		"page":    0.0, "pageSize": 50.0, "total": 1.0, "sort": "+id",
	}
	if !reflect.DeepEqual(got.object(), want) {
		t.Errorf("got %v, want %v", got.object(), want)
	}

	if contentType := got.header.Get("Content-Type"); contentType != "application/json" {
		t.Errorf("content type %q", contentType)
	}
}

func TestListOfNothingIsAnEmptyArray(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Server: server.Options{NullFields: true}})
	if content, ok := tm.get(listPath).want(http.StatusOK).object()["content"].([]any); !ok || len(content) != 0 {
		t.Errorf("content %v", content)
	}
}

func TestListCutsIntoPages(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}})

	var seen []string

	for page, want := range []int{50, 50, 20, 0} {
		ids := tm.get(fmt.Sprintf("%s?sort=id&page=%d", listPath, page)).ids()
		if len(ids) != want {
			t.Errorf("page %d has %d items, want %d", page, len(ids), want)
		}

		seen = append(seen, ids...)
	}

	if !slices.IsSorted(seen) || len(slices.Compact(seen)) != 120 {
		t.Errorf("the pages do not make one sorted list of 120: %d", len(seen))
	}

	if ids := tm.get(listPath + "?page=2147483647").ids(); len(ids) != 0 {
		t.Errorf("the last possible page has items: %v", ids)
	}
}

func TestListRefusesPageNumbersThatAreNone(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}})

	for _, query := range []string{
		"page=-1", "page=x", "page=", "page=1.0", "page=%2B1", "page=2147483648",
		"pageSize=0", "pageSize=-1", "pageSize=x", "pageSize=", "pageSize=5e1",
	} {
		tm.get(listPath+"?"+query).wantError(http.StatusBadRequest, "GENERAL_PARAMETER_MISSMATCH")
	}
}

func TestListSortsWithoutCase(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{
		model("B", "km", "alpha"), model("a", "km", "Zeta"), model("c", "km", "Beta"),
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
		got := tm.get(listPath + "?sort=" + query)
		if !slices.Equal(got.ids(), want.ids) || got.object()["sort"] != want.sort {
			t.Errorf("sort=%s: %s, want %v", query, got.body, want)
		}
	}
}

func TestListRefusesUnknownSorts(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}})

	for query, code := range map[string]string{
		"published": "SORT_UNKNOWN_FIELD",
		"ID":        "SORT_UNKNOWN_FIELD",
		"id,name":   "SORT_UNKNOWN_FIELD",
		"--id":      "SORT_UNKNOWN_FIELD",
		"-%2Bid":    "SORT_UNKNOWN_FIELD",
		"+id":       "SORT_UNKNOWN_FIELD", // A + that is not escaped is a space.
		"":          "SORT_IS_EMPTY",
		"-":         "SORT_IS_EMPTY",
		"%2B":       "SORT_IS_EMPTY",
	} {
		tm.get(listPath+"?sort="+query).wantError(http.StatusBadRequest, code)
	}
}

func TestUnsortedListIsConstantButInNoUsefulOrder(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 50}, Seed: 1})
	got := tm.get(listPath)

	if _, ok := got.object()["sort"]; ok {
		t.Errorf("a sort is announced: %s", got.body)
	}

	if slices.IsSorted(got.ids()) {
		t.Error("the list is sorted by id")
	}

	if again := tm.get(listPath).ids(); !slices.Equal(again, got.ids()) {
		t.Error("the order changes")
	}
}

func TestSeedVariesTheOrderOfUnsortedLists(t *testing.T) {
	t.Parallel()

	models := intelligence.GenerateKnowledgeModels(50, 1)
	list := func(seed uint64) []string {
		return newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: models}, Seed: seed}).get(listPath).ids()
	}

	if slices.Equal(list(1), list(2)) {
		t.Error("the seed changes nothing")
	}
}

func TestEqualNamesAreSortedByID(t *testing.T) {
	t.Parallel()

	var (
		models []intelligence.KnowledgeModel
		want   []string
	)

	for i := range 300 {
		m := model(fmt.Sprintf("p%03d", i), "km", []string{"Name", "NAME", "name"}[i*i%3])
		models, want = append(models, m), append(want, m.ID())
	}

	for i := range 300 {
		models = append(models, model(fmt.Sprintf("a%03d", i*7%300), "km", fmt.Sprintf("Other %d", i%5)))
	}

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: models}, Server: server.Options{Licence: "XL"}})
	if got := tm.get(listPath + "?pageSize=300&sort=name").ids(); !slices.Equal(got, want) {
		t.Errorf("ascending: %v", got)
	}

	slices.Reverse(want)

	if got := tm.get(listPath + "?pageSize=300&page=1&sort=-name").ids(); !slices.Equal(got, want) {
		t.Errorf("descending: %v", got)
	}
}

func TestIDsThatDifferInCaseOnlyHaveAnOrder(t *testing.T) {
	t.Parallel()

	var (
		models []intelligence.KnowledgeModel
		want   []string
	)

	for i := range 20 {
		for _, form := range []string{"P%02d", "p%02d"} {
			m := model(fmt.Sprintf(form, i), "km", "Name")
			models, want = append(models, m), append(want, m.ID())
		}
	}

	if got := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: models}}).get(listPath + "?sort=id").ids(); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestPageSizeAboveTheLicence(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		opts  simulator.Options
		asked int
		want  int // 0 = refused
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
		test.opts.Intelligence.KnowledgeModels = test.asked + 100
		got := newTeam(t, test.opts).get(fmt.Sprintf("%s?pageSize=%d", listPath, test.asked))

		if test.want == 0 {
			got.wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")

			continue
		}

		if size := got.object()["pageSize"]; len(got.ids()) != test.want || size != float64(test.want) {
			t.Errorf("%+v: %d items, pageSize %v, want %d", test.opts, len(got.ids()), size, test.want)
		}
	}
}

func TestPageThatIsCappedSilentlyAnnouncesWhatWasAskedFor(t *testing.T) {
	t.Parallel()

	got := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 80}, Server: server.Options{PageSizeAboveMax: server.CapPageSizeSilently}}).get(listPath + "?pageSize=60")
	if size := got.object()["pageSize"]; len(got.ids()) != 50 || size != 60.0 {
		t.Errorf("%d items, pageSize %v", len(got.ids()), size)
	}
}

func TestPageAfterTheLastOne(t *testing.T) {
	t.Parallel()

	for _, page := range []string{"2", "7"} {
		path := listPath + "?pageSize=2&sort=id&page=" + page
		at := func(pastEnd server.PastEnd) reply {
			return newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 4}, Server: server.Options{PastEnd: pastEnd}}).get(path)
		}

		if got := at(server.PastEndEmpty); got.status != http.StatusOK || len(got.ids()) != 0 {
			t.Errorf("page %s: status %d, %d items", page, got.status, len(got.ids()))
		}

		at(server.PastEndBadRequest).wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
		at(server.PastEndNotFound).wantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")

		if got := at(server.PastEndLastPage); len(got.ids()) != 2 || got.object()["page"] != 1.0 {
			t.Errorf("page %s: %v", page, got.object())
		}
	}

	// The first page of an empty list is no page after the last one.
	if got := newTeam(t, simulator.Options{Server: server.Options{PastEnd: server.PastEndBadRequest}}).get(listPath); got.status != http.StatusOK {
		t.Errorf("status %d", got.status)
	}
}

func TestDefaultPageSizeKeepsToASmallerLimit(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{
		Intelligence: intelligence.Options{KnowledgeModels: 20}, Server: server.Options{MaxPageSize: 7, PageSizeAboveMax: server.RefusePageSize},
	})
	if ids := tm.get(listPath).ids(); len(ids) != 7 {
		t.Errorf("%d items", len(ids))
	}
}

func TestEnvelopeSwitches(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		name  string
		opts  simulator.Options
		field string
		want  any // nil = absent
	}{
		{"total of all", simulator.Options{Server: server.Options{Total: server.TotalCountsAll}}, "total", 5.0},
		{"total of the page", simulator.Options{Server: server.Options{Total: server.TotalCountsPage}}, "total", 2.0},
		{"no total", simulator.Options{Server: server.Options{Total: server.TotalAbsent}}, "total", nil},
		{"page size", simulator.Options{}, "pageSize", 2.0},
		{"no page size", simulator.Options{Server: server.Options{OmitPageSize: true}}, "pageSize", nil},
		{"sort as array", simulator.Options{Server: server.Options{SortAsArray: true}}, "sort", []any{"-name"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			test.opts.Intelligence.KnowledgeModels = 5
			got, ok := newTeam(t, test.opts).get(listPath + "?pageSize=2&sort=-name").object()[test.field]

			if !reflect.DeepEqual(got, test.want) || ok != (test.want != nil) {
				t.Errorf("%s is %v, want %v", test.field, got, test.want)
			}
		})
	}
}

func TestEmptyFieldsAreAbsentOrNull(t *testing.T) {
	t.Parallel()

	bare := []intelligence.KnowledgeModel{{PackageKey: "p", Key: "km", Name: "Bare"}}

	for _, null := range []bool{false, true} {
		tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: bare}, Server: server.Options{NullFields: null}})
		for target, want := range map[string]string{
			listPath:           `"published":null`,
			listPath + "?":     `"sort":null`,
			listPath + "/p.km": `"extendedKMId":null`,
		} {
			name, _, _ := strings.Cut(want, ":")
			body := tm.get(target).want(http.StatusOK).body

			if strings.Contains(body, want) != null || strings.Contains(body, name) != null {
				t.Errorf("NullFields %v: %s answers %s", null, target, body)
			}
		}
	}
}

func TestUnknownOrRepeatedParametersAreRefused(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{model("p", "km", "Name")}}})

	for _, target := range []string{
		listPath + "?pagesize=5",
		listPath + "?filter=x",
		listPath + "?page=0&page=0",
		listPath + "?page=%zz",
		listPath + "/p.km?page=0",
	} {
		tm.get(target).wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	}
}

func TestGetWithABodyIsRefused(t *testing.T) {
	t.Parallel()

	newTeam(t, simulator.Options{}).
		do(http.MethodGet, listPath, "{}", "Authorization", "Bearer "+oauth.DefaultUserKey().Value).
		wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
}

func TestDetailAnswersOneModel(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{
		model("p", "km", "Name"), model("odd", "a/b c", "Odd"),
	}}})

	want := map[string]any{"id": "p.km", "name": "Name", "extendedKMId": "base.km"}
	if got := tm.get(listPath + "/p.km").want(http.StatusOK).object(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}

	if got := tm.get(listPath + "/odd.a%2Fb%20c").want(http.StatusOK).object(); got["id"] != "odd.a/b c" {
		t.Errorf("got %v", got)
	}
}

func TestUnknownIdsAndPathsAreNotFound(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{model("p", "km", "Name")}}})

	tm.get(listPath+"/p.other").wantError(http.StatusNotFound, "KM_MODEL_NOTFOUND")
	tm.get(listPath+"/P.km").wantError(http.StatusNotFound, "KM_MODEL_NOTFOUND")

	for _, target := range []string{
		"/intelligence/api", "/intelligence/api/", "/intelligence/api/nothing", listPath + "/", listPath + "/p.km/",
		listPath + "/p.km/nothing", "/intelligence/api//knowledge-models",
	} {
		tm.get(target).wantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")
	}
}

func TestOtherPathsAreTheWebApplication(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})

	for _, target := range []string{"/", "/intelligence", "/intelligence/apis", "/api/knowledge-models", "/oauth2/token/"} {
		got := tm.do(http.MethodGet, target, "").want(http.StatusNotFound)
		if got.header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(got.body, "<html") {
			t.Errorf("%s answers %v %s", target, got.header, got.body)
		}
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{model("p", "km", "Name")}}})

	for _, target := range []string{listPath, listPath + "/p.km"} {
		for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodHead} {
			got := tm.do(method, target, "", "Authorization", "Bearer "+oauth.DefaultUserKey().Value)
			got.want(http.StatusMethodNotAllowed)

			if allow := got.header.Get("Allow"); allow != http.MethodGet {
				t.Errorf("Allow: %q", allow)
			}
		}
	}
}

func TestPackagesLimitWhatAnIdentitySees(t *testing.T) {
	t.Parallel()

	client := oauth.DefaultClient()
	client.Packages = []string{"mine"}
	limited := oauth.Key{Value: "limited", Packages: []string{"mine"}}
	none := oauth.Key{Value: "none", Packages: []string{}}
	tm := newTeam(t, simulator.Options{
		Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{model("mine", "km", "Mine"), model("other", "km", "Other")}},
		OAuth: oauth.Options{
			Clients:         []oauth.Client{client},
			ApplicationKeys: []oauth.Key{limited},
			UserKeys:        []oauth.Key{limited, none, {Value: "all"}},
		},
	})

	for authorization, want := range map[string][]string{
		"Bearer limited":              {"mine.km"},
		"AppKey limited":              {"mine.km"},
		"Bearer " + tm.token(kmScope): {"mine.km"},
		"Bearer none":                 {},
		"Bearer all":                  {"mine.km", "other.km"},
	} {
		got := tm.do(http.MethodGet, listPath+"?sort=id", "", "Authorization", authorization)
		if !slices.Equal(got.ids(), want) || got.object()["total"] != float64(len(want)) {
			t.Errorf("%s sees %s, want %v", authorization, got.body, want)
		}

		detail := tm.do(http.MethodGet, listPath+"/other.km", "", "Authorization", authorization)
		if slices.Contains(want, "other.km") {
			detail.want(http.StatusOK)
		} else {
			detail.wantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		}
	}
}

func TestModelsCanChange(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 5}})
	list := func() []string { return tm.get(listPath + "?sort=id").ids() }

	tm.SetKnowledgeModels([]intelligence.KnowledgeModel{model("b", "km", "B"), model("a", "km", "old"), model("a", "km", "A")})

	if got := list(); !slices.Equal(got, []string{"a.km", "b.km"}) {
		t.Errorf("after set: %v", got)
	}

	tm.AddKnowledgeModel(model("c", "km", "C"))
	tm.AddKnowledgeModel(model("a", "km", "renamed"))
	tm.RemoveKnowledgeModel("b.km")
	tm.RemoveKnowledgeModel("unknown.km")

	if got := list(); !slices.Equal(got, []string{"a.km", "c.km"}) {
		t.Errorf("after add and remove: %v", got)
	}

	if got := tm.get(listPath + "/a.km").object()["name"]; got != "renamed" {
		t.Errorf("name %v", got)
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
				t.Fatalf("%+v extends what is not there", m)
			}
		}

		ids[m.ID()], names[m.Name] = true, true
		packages[m.PackageKey]++
	}

	if len(ids) != many || len(names) != many || len(packages) > many/2 || extended == 0 {
		t.Errorf("%d ids, %d names, %d packages, %d extended", len(ids), len(names), len(packages), extended)
	}
}

func TestGeneratedModelsAreRepeatable(t *testing.T) {
	t.Parallel()

	few, many := intelligence.GenerateKnowledgeModels(100, 3), intelligence.GenerateKnowledgeModels(5000, 3)
	if !slices.Equal(few, many[:100]) {
		t.Error("a larger number changes the first models")
	}

	if slices.Equal(few, intelligence.GenerateKnowledgeModels(100, 4)) {
		t.Error("the seed changes nothing")
	}

	if got := intelligence.GenerateKnowledgeModels(0, 3); len(got) != 0 {
		t.Errorf("zero gives %v", got)
	}
}

func TestSeedAndModelsMakeTheTeam(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{
		Seed: 9,
		Intelligence: intelligence.Options{
			KnowledgeModels: 2, Models: []intelligence.KnowledgeModel{model("zz", "km", "Own")},
		},
	})
	want := []string{"zz.km"}

	for _, m := range intelligence.GenerateKnowledgeModels(2, 9) {
		want = append(want, m.ID())
	}

	slices.Sort(want)

	if got := tm.get(listPath + "?sort=id").ids(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNamesSurviveWhateverTheirLetters(t *testing.T) {
	t.Parallel()

	const name = "Öl & Gas – <EMEA> \"β\""

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{model("p", "km", name)}}})

	var detail struct {
		Name string `json:"name"`
	}

	if err := json.Unmarshal([]byte(tm.get(listPath+"/p.km").body), &detail); err != nil || detail.Name != name {
		t.Errorf("%q, %v", detail.Name, err)
	}
}
