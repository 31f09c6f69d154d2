package paging

import "testing"

func TestClosestNamesAreSuggested(t *testing.T) {
	t.Parallel()

	names := []string{"Order to Cash", "Order to cash (base)", "Accounts Payable", "Accounts Receivable", "", "Émile", "AP"}

	for wanted, want := range map[string]string{
		"order to cash":       `Did you mean "Order to Cash"?`,
		"Oder to Csh":         `Did you mean "Order to Cash"?`,
		"Order to cash (bse)": `Did you mean "Order to cash (base)" or "Order to Cash"?`,
		"Account Payables":    `Did you mean "Accounts Payable"?`,
		"Procure to Pay":      "",
		"emile":               `Did you mean "Émile"?`,
		"E\u0301mile":         `Did you mean "Émile"?`,
		"AR":                  `Did you mean "AP"?`,
	} {
		if got := Suggest(wanted, names); got != want {
			t.Errorf("%q: Suggest() = %q, want %q", wanted, got, want)
		}
	}

	if got, want := Suggest("a", []string{"d", "c", "b", "e", "b"}), `Did you mean "b", "c" or "d"?`; got != want {
		t.Errorf("Suggest() = %q, want %q", got, want)
	}
}
