package main

import (
	"os"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/cli"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// newBench returns a bench. All tests share one build of the provider.
func newBench(t *testing.T) bench {
	t.Helper()

	if os.Getenv("TF_ACC") == "" {
		t.Skip("this test runs the CLI. Set TF_ACC, or use make test-programs")
	}

	program, err := builtProvider.Program()
	if err != nil {
		t.Fatal(err)
	}

	var printed strings.Builder

	built, err := prepare(program, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}

	built.out = &printed

	t.Cleanup(func() {
		if t.Failed() {
			t.Log(printed.String())
		}
	})

	return built
}

// builtProvider is the provider's binary, built once for all tests.
var builtProvider cli.SharedBuild

func TestMain(m *testing.M) {
	code := m.Run()

	builtProvider.Remove()
	os.Exit(code)
}

// TestAccNextApplyFinishesAnInterruptedApply runs one apply for each kind of interruption that "make interrupt" covers.
func TestAccNextApplyFinishesAnInterruptedApply(t *testing.T) {
	t.Parallel()

	for i, interruption := range interruptions() {
		t.Run(interruption.String(), func(t *testing.T) {
			t.Parallel()

			if o := newBench(t).interruptAt(t.Context(), moment{interruption: interruption, request: int64(10 + 5*i)}); o.err != nil {
				t.Error(o.err)
			}
		})
	}
}

func TestImportBlocksAreReadFromErrors(t *testing.T) {
	t.Parallel()

	const output = `
Error: The user already exists

  with celonis_user.this[3],
  on main.tf line 12, in resource "celonis_user" "this":

The user exists in Celonis. To manage it, import it:

import {
  to = celonis_user.NAME
  id = "u-3"
}

Error: Something else

  with celonis_group.single[0],
`

	if got, want := strings.Join(importBlocks(output), ""), "import {\n  to = celonis_user.this[3]\n  id = \"u-3\"\n}"; got != want {
		t.Errorf("import blocks = %s, want %s", got, want)
	}
}

func TestCheckDetectsMissingDuplicateAndUnexpectedObjects(t *testing.T) {
	t.Parallel()

	small := small()

	team, err := newTeam(small, server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer team.server.Close()

	if err := team.check(nil); err != nil {
		t.Error(err)
	}

	team.AddUser(scim.User{UserName: "another@example.com"})

	for range 2 {
		team.AddSubscription(intelligence.Subscription{
			Name: "Subscription 1", KnowledgeModelID: modelID, TriggerID: triggerID, CallbackURI: "https://hooks.example.com/1",
		})
	}

	err = team.check(small.wanted())
	if err == nil || !strings.Contains(err.Error(), "17 objects are missing") || !strings.Contains(err.Error(), "2 are not in the") {
		t.Errorf("error = %v, want the unexpected user and the duplicate subscription", err)
	}
}
