package intelligence

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
)

// GenerateKnowledgeModels generates n models with plausible, unique names and unique ids. Each package contains several models, some of
// which extend another model. The same n and seed always generate the same models; a larger n only adds models.
func GenerateKnowledgeModels(n int, seed uint64) []KnowledgeModel {
	if n <= 0 {
		return nil
	}

	g := generator{random: rand.New(rand.NewPCG(seed, seed))} //nolint:gosec // The results must be reproducible.
	models := make([]KnowledgeModel, 0, n)

	for round := 1; len(models) < n; round++ {
		for _, about := range g.packageTitles(round) {
			models = append(models, g.packageModels(about)...)

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

// process is a business process, with the systems in which it typically runs.
type process struct {
	name    string
	systems []string
}

// title is the title of a package, with the business process that the package covers.
type title struct {
	process

	text string
}

func processes() []process {
	const (
		ecc        = "SAP ECC"
		s4         = "SAP S/4HANA"
		ewm        = "SAP EWM"
		ariba      = "SAP Ariba"
		factors    = "SAP SuccessFactors"
		concur     = "SAP Concur"
		ebs        = "Oracle EBS"
		fusion     = "Oracle Fusion"
		hcm        = "Oracle HCM"
		transport  = "Oracle Transportation Management"
		coupa      = "Coupa"
		workday    = "Workday"
		serviceNow = "ServiceNow"
		jira       = "Jira"
		salesforce = "Salesforce"
		dynamics   = "Microsoft Dynamics 365"
		zendesk    = "Zendesk"
		guidewire  = "Guidewire"
		maximo     = "IBM Maximo"
		manhattan  = "Manhattan"
		netSuite   = "NetSuite"
		mdg        = "SAP MDG"
		temenos    = "Temenos"
		nCino      = "nCino"
		kyriba     = "Kyriba"
	)

	return []process{
		{"Accounts Payable", []string{ecc, s4, ebs, fusion, coupa}},
		{"Accounts Receivable", []string{ecc, s4, ebs, fusion, netSuite}},
		{"Order to Cash", []string{ecc, s4, ebs, salesforce, dynamics}},
		{"Order Management", []string{ecc, s4, ebs, salesforce, dynamics}},
		{"Purchase to Pay", []string{ecc, s4, ariba, coupa, fusion}},
		{"Procurement", []string{ecc, s4, ariba, coupa, fusion}},
		{"Purchase Requisition", []string{ecc, s4, ariba, coupa}},
		{"Inventory Management", []string{ecc, s4, ebs, dynamics}},
		{"Production Planning", []string{ecc, s4, ebs, dynamics}},
		{"Plant Maintenance", []string{ecc, s4, maximo}},
		{"Quality Management", []string{ecc, s4, ebs}},
		{"Warehouse Management", []string{ecc, ewm, manhattan, dynamics}},
		{"Transport & Logistics", []string{ecc, s4, transport}},
		{"Claims Handling", []string{guidewire, salesforce, serviceNow}},
		{"Customer Service", []string{salesforce, serviceNow, zendesk, dynamics}},
		{"IT Service Management", []string{serviceNow, jira}},
		{"Opportunity to Quote", []string{salesforce, dynamics}},
		{"Hire to Retire", []string{workday, factors, hcm}},
		{"Record to Report", []string{ecc, s4, ebs, fusion}},
		{"Treasury", []string{s4, fusion, kyriba}},
		{"Lead to Order", []string{salesforce, dynamics}},
		{"Returns", []string{ecc, s4, salesforce}},
		{"eInvoicing", []string{ecc, s4, ariba, coupa}},
		{"iProcurement", []string{ebs}},
		{"Master Data", []string{ecc, s4, mdg}},
		{"Credit Management", []string{ecc, s4, ebs}},
		{"Asset Management", []string{ecc, s4, maximo, serviceNow}},
		{"Travel & Expense", []string{concur, workday, coupa}},
		{"Loan Origination", []string{nCino, temenos, salesforce}},
		{"Sustainability", []string{s4, salesforce}},
	}
}

// packageTitles returns each package title once, in random order. From the second round on, the titles include the round number, so that
// every title is unique.
func (g generator) packageTitles(round int) []title {
	places := []string{
		"Germany", "France", "Italy", "Spain", "Portugal", "Netherlands", "Belgium", "Austria", "Switzerland", "Poland",
		"Czechia", "Sweden", "Norway", "Denmark", "Finland", "United Kingdom", "Ireland", "United States", "Canada",
		"Mexico", "Brazil", "Argentina", "Japan", "South Korea", "India", "Singapore", "Australia", "South Africa",
		"Turkey", "Shared Services",
	}

	all := processes()
	titles := make([]title, 0, len(all)*len(places))

	for _, process := range all {
		for _, place := range places {
			text := process.name + " - " + place
			if round > 1 {
				text = fmt.Sprintf("%s %d", text, round)
			}

			titles = append(titles, title{process, text})
		}
	}

	g.random.Shuffle(len(titles), func(i, j int) { titles[i], titles[j] = titles[j], titles[i] })

	return titles
}

// packageModels returns the models of one package: a base model, followed by models for randomly chosen source systems. The base model is
// published first, and some of the other models extend it.
func (g generator) packageModels(about title) []KnowledgeModel {
	const year = 366 * 24 * time.Hour

	first := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
	baseDay := first.Add(g.upTo(year))

	packageKey := kebab(about.text)
	base := KnowledgeModel{
		PackageKey: packageKey, Key: "base-km", Name: about.text, Published: baseDay.Format(time.DateTime),
	}
	models := []KnowledgeModel{base}

	for _, i := range g.random.Perm(len(about.systems))[:g.random.IntN(len(about.systems)+1)] {
		model := KnowledgeModel{
			PackageKey: packageKey,
			Key:        kebab(about.systems[i]) + "-km",
			Name:       about.text + " - " + about.systems[i],
			Published:  baseDay.Add(g.upTo(year)).Format(time.DateTime),
		}

		if g.random.IntN(3) == 0 { // About one in three models extends the base model.
			model.ExtendedID = base.ID()
		}

		models = append(models, model)
	}

	return models
}

// upTo returns a random duration in whole seconds, from one second to the given maximum.
func (g generator) upTo(longest time.Duration) time.Duration {
	return time.Duration(1+g.random.Int64N(int64(longest/time.Second))) * time.Second
}

// kebab converts a title to a key: lower-case ASCII letters and digits, with single hyphens between words.
func kebab(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})

	return strings.Join(words, "-")
}
