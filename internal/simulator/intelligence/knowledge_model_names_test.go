package intelligence_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

func TestGeneratedSystemsFitTheProcess(t *testing.T) {
	t.Parallel()

	believable := map[string][]string{
		"Hire to Retire":        {"Workday", "SAP SuccessFactors", "Oracle HCM"},
		"IT Service Management": {"ServiceNow", "Jira"},
		"Procurement":           {"SAP ECC", "SAP S/4HANA", "SAP Ariba", "Coupa", "Oracle Fusion"},
		"Purchase to Pay":       {"SAP ECC", "SAP S/4HANA", "SAP Ariba", "Coupa", "Oracle Fusion"},
		"Order to Cash":         {"SAP ECC", "SAP S/4HANA", "Oracle EBS", "Salesforce", "Microsoft Dynamics 365"},
		"Order Management":      {"SAP ECC", "SAP S/4HANA", "Oracle EBS", "Salesforce", "Microsoft Dynamics 365"},
		"Treasury":              {"SAP S/4HANA", "Oracle Fusion", "Kyriba"},
		"iProcurement":          {"Oracle EBS"},
	}
	seen := map[string]bool{}

	for _, m := range intelligence.GenerateKnowledgeModels(20_000, 7) {
		parts := strings.Split(m.Name, " - ")

		systems, isKnown := believable[parts[0]]
		if !isKnown || len(parts) < 3 {
			continue
		}

		if !slices.Contains(systems, parts[2]) {
			t.Fatalf("%q is not a known process", m.Name)
		}

		seen[parts[0]+parts[2]] = true
	}

	for process, systems := range believable {
		for _, system := range systems {
			if !seen[process+system] {
				t.Errorf("no model was generated for %s in %s", process, system)
			}
		}
	}
}

func TestGeneratedNamesAreASCII(t *testing.T) {
	t.Parallel()

	for _, m := range intelligence.GenerateKnowledgeModels(5_000, 0) {
		for _, r := range m.Name {
			if r > 127 {
				t.Fatalf("%q contains the letter %c", m.Name, r)
			}
		}
	}
}

func TestGeneratedBasesArePublishedBeforeTheirExtensions(t *testing.T) {
	t.Parallel()

	published := map[string]string{}

	for _, m := range intelligence.GenerateKnowledgeModels(20_000, 7) {
		published[m.ID()] = m.Published

		if m.ExtendedID != "" && published[m.ExtendedID] >= m.Published {
			t.Fatalf("%s of %s extends %s of %s", m.ID(), m.Published, m.ExtendedID, published[m.ExtendedID])
		}
	}
}

func TestGeneratedNamesAndIDsAreUniqueInLargeTeams(t *testing.T) {
	t.Parallel()

	const many = 100_000

	for _, seed := range []uint64{0, 1, 1<<64 - 1} {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()

			ids, names := map[string]bool{}, map[string]bool{}
			for _, m := range intelligence.GenerateKnowledgeModels(many, seed) {
				ids[m.ID()], names[m.Name] = true, true
			}

			if len(ids) != many || len(names) != many {
				t.Errorf("%d distinct ids, %d distinct names", len(ids), len(names))
			}
		})
	}
}
