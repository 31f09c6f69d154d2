package provider

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

// step is a configuration to apply, with checks of the plan and the result.
type step struct {
	// before is a function to call before the plan.
	before func()
	config string
	// fails is a regular expression for the expected error, or nil if the apply must succeed.
	fails *regexp.Regexp
	// plan contains checks of the plan, and state contains checks of the state after the apply.
	plan  []plancheck.PlanCheck
	state []statecheck.StateCheck
	// check runs after the plan checks and the state checks.
	check func() error
	// imports maps resource addresses to import ids. Each import must result in the same state as the apply.
	imports func() map[string]string
}

// acceptance applies the steps sequentially with the CLI under test, and then destroys all resources. After each step, the plan must be
// empty. A step needs two to six CLI runs, compared with thirteen runs in resource.Test.
func acceptance(t *testing.T, env environment, steps ...step) {
	t.Helper()

	w := newWorkspace(t, env, "")
	for _, one := range steps {
		w.applyStep(one)
	}

	if w.hasResources() {
		w.must("destroy", "-auto-approve")
	}
}

// hasResources reports whether the state contains any managed resources, rather than only data sources and outputs.
func (w workspace) hasResources() bool {
	state, err := os.ReadFile(filepath.Join(w.Folder, "terraform.tfstate"))

	return err == nil && strings.Contains(string(state), `"mode": "managed"`)
}

// applyStep applies a step and runs its checks.
func (w workspace) applyStep(one step) {
	w.t.Helper()

	if one.before != nil {
		one.before()
	}

	w.reconfigure(one.config)

	if one.fails != nil {
		if output, err := w.run("apply", "-auto-approve"); err == nil || !one.fails.MatchString(output) {
			w.t.Errorf("got error %[2]v, want one that matches %[1]s:\n%[3]s", one.fails, err, output)
		}

		return
	}

	if one.plan == nil {
		w.must("apply", "-auto-approve")
	} else {
		w.must("plan", "-out=plan")
		w.checkPlan(one.plan)
		w.must("apply", "plan")
	}

	if one.state != nil {
		w.checkState(one.state)
	}

	if one.check != nil {
		if err := one.check(); err != nil {
			w.t.Error(err)
		}
	}

	w.mustPlanNothing()

	if w.hasResources() { // A refresh could hide an incorrect result of the apply.
		if output, changes := w.planned("-refresh=false"); changes {
			w.t.Errorf("without a refresh, the plan is not empty:\n%s", output)
		}
	}

	if one.imports != nil {
		w.checkImports(one.imports())
	}
}

// checkImports imports resources into a separate workspace, and compares the imported state with the current one, except for headers, which
// the service never returns.
func (w workspace) checkImports(imports map[string]string) {
	w.t.Helper()

	resources := func(w workspace) map[string]map[string]any {
		values := map[string]map[string]any{}

		for _, one := range w.state().Values.RootModule.Resources {
			if callback, ok := one.AttributeValues["callback"].(map[string]any); ok {
				delete(callback, "headers")
			}

			values[one.Address] = one.AttributeValues
		}

		return values
	}

	other := w
	other.Folder = w.t.TempDir()
	write(w.t, filepath.Join(other.Folder, "main.tf"), read(w.t, filepath.Join(w.Folder, "main.tf")))

	for address, id := range imports {
		other.must("import", address, id)
	}

	want, got := resources(w), resources(other)
	for address := range imports {
		if !reflect.DeepEqual(got[address], want[address]) {
			w.t.Errorf("%s is imported as %v, want %v", address, got[address], want[address])
		}
	}
}

// checkPlan runs the checks on the saved plan.
func (w workspace) checkPlan(checks []plancheck.PlanCheck) {
	w.t.Helper()

	plan := &tfjson.Plan{}
	if err := json.Unmarshal([]byte(w.must("show", "-json", "plan")), plan); err != nil {
		w.t.Fatal(err)
	}

	for _, check := range checks {
		var result plancheck.CheckPlanResponse

		check.CheckPlan(w.t.Context(), plancheck.CheckPlanRequest{Plan: plan}, &result)

		if result.Error != nil {
			w.t.Error(result.Error)
		}
	}
}

// checkState runs the checks on the state.
func (w workspace) checkState(checks []statecheck.StateCheck) {
	w.t.Helper()

	state := w.state()

	for _, check := range checks {
		var result statecheck.CheckStateResponse

		check.CheckState(w.t.Context(), statecheck.CheckStateRequest{State: state}, &result)

		if result.Error != nil {
			w.t.Error(result.Error)
		}
	}
}

// state returns the state.
func (w workspace) state() *tfjson.State {
	w.t.Helper()

	state := &tfjson.State{}
	state.UseJSONNumber(true) // Do not convert numbers to floats, because the checks compare all digits.

	if err := json.Unmarshal([]byte(w.must("show", "-json")), state); err != nil {
		w.t.Fatal(err)
	}

	return state
}
