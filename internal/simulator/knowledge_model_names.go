package simulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
)

// GenerateKnowledgeModels makes up n models: believable names, unique ids and names, several models per package, some of
// which extend another. The same n and seed give the same models, and a larger n only adds to them.
func GenerateKnowledgeModels(n int, seed uint64) []KnowledgeModel {
	if n <= 0 {
		return nil
	}

	g := generator{random: rand.New(rand.NewPCG(seed, seed))} //nolint:gosec // Repeatable on purpose.
	models := make([]KnowledgeModel, 0, n)

	for round := 1; len(models) < n; round++ {
		for _, title := range g.packageTitles(round) {
			models = append(models, g.packageModels(title)...)

			if len(models) >= n {
				break
			}
		}
	}

	return models[:n]
}

type generator struct {
	random *rand.Rand
}

// packageTitles are the packages of a round in random order; from the second round on they carry its number.
func (g generator) packageTitles(round int) []string {
	processes := []string{
		"Accounts Payable", "Accounts Receivable", "Order to Cash", "Order Management", "Purchase to Pay", "Procurement",
		"Purchase Requisition", "Inventory Management", "Production Planning", "Plant Maintenance", "Quality Management",
		"Warehouse Management", "Transport & Logistics", "Claims Handling", "Customer Service", "IT Service Management",
		"Opportunity to Quote", "Hire to Retire", "Record to Report", "Treasury", "Lead to Order", "Returns", "eInvoicing",
		"iProcurement", "Master Data", "Credit Management", "Asset Management", "Travel & Expense", "Loan Origination",
		"Sustainability",
	}
	places := []string{
		"Germany", "France", "Italy", "Spain", "Portugal", "Netherlands", "Belgium", "Österreich", "Schweiz", "Poland",
		"Czechia", "Sweden", "Norway", "Denmark", "Finland", "United Kingdom", "Ireland", "United States", "Canada",
		"México", "Brasil", "Argentina", "Japan", "South Korea", "India", "Singapore", "Australia", "South Africa",
		"Türkiye", "Shared Services",
	}

	titles := make([]string, 0, len(processes)*len(places))

	for _, process := range processes {
		for _, place := range places {
			title := process + " – " + place
			if round > 1 {
				title = fmt.Sprintf("%s %d", title, round)
			}

			titles = append(titles, title)
		}
	}

	g.random.Shuffle(len(titles), func(i, j int) { titles[i], titles[j] = titles[j], titles[i] })

	return titles
}

// packageModels are the models of one package: a base model, then one for each of some source systems.
func (g generator) packageModels(title string) []KnowledgeModel {
	systems := []string{
		"SAP ECC", "SAP S/4HANA", "Oracle EBS", "Oracle Fusion", "Coupa", "Workday", "ServiceNow", "Salesforce",
		"Microsoft Dynamics 365", "Ariba",
	}

	packageKey := kebab(title)
	base := KnowledgeModel{PackageKey: packageKey, Key: "base-km", Name: title, Published: g.published()}
	models := []KnowledgeModel{base}

	const mostSystems = 5

	for _, i := range g.random.Perm(len(systems))[:g.random.IntN(mostSystems+1)] {
		model := KnowledgeModel{
			PackageKey: packageKey,
			Key:        kebab(systems[i]) + "-km",
			Name:       title + " – " + systems[i],
			Published:  g.published(),
		}

		if g.random.IntN(3) == 0 { // A third of them.
			model.ExtendedID = base.ID()
		}

		models = append(models, model)
	}

	return models
}

// published is some second of the years 2024 and 2025.
func (g generator) published() string {
	const seconds = 2 * 365 * 24 * 60 * 60

	start := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)

	return start.Add(time.Duration(g.random.IntN(seconds)) * time.Second).Format(time.DateTime)
}

// kebab turns a title into a key: lower-case ASCII letters and digits, with single hyphens between words.
func kebab(title string) string {
	plain := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "é", "e").Replace(strings.ToLower(title))

	words := strings.FieldsFunc(plain, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})

	return strings.Join(words, "-")
}
