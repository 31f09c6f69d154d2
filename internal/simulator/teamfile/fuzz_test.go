package teamfile

import (
	"bytes"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// A file is either rejected with problems that contain line numbers, or still describes the same team after it has been printed and decoded
// again.
func FuzzDecode(f *testing.F) {
	example, err := os.ReadFile("../../../examples/guides/testing_a_module/team.yaml")
	if err != nil {
		f.Fatal(err)
	}

	var everything simulator.Options

	fill(layout(), reflect.ValueOf(&everything).Elem())

	var printed bytes.Buffer
	if err := Print(&printed, everything); err != nil {
		f.Fatal(err)
	}

	for _, seed := range []string{
		string(example), printed.String(), "", "base: default\nusers:\n- user_name: a\n", `{"users": [{"user_name": "a"}]}`, "a: &a [*a]", "? [a]\n: b",
		"audit_events: [{time: 2026-01-31T08:00:00Z, message: {a: [1.5, null, {b: c}]}}]", "%YAML 1.2\n---\nlicence: S\n...\n",
		"users: &u [{user_name: !!str 1}]\ngroups: *u", "users: !!set {a}\n", "users:\n- user_name:", "{", "knowledge_models: [{package_key: p, key: k, name: n, records: null}]",
		"audit_events: [{time: 2026-01-31T08:00:00Z, diff: {}}]", "licence: |-\n  S\n",
	} {
		f.Add([]byte(seed))
	}

	f.Fuzz(func(t *testing.T, file []byte) {
		start := time.Now()

		document, problem := parse(file)
		if problem != nil {
			checkProblem(t, *problem, file)

			return
		}

		options, d := decode(document)
		for _, problem := range d.problems {
			checkProblem(t, problem, file)
		}

		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("decoding took %s", took)
		}

		if len(d.problems) > 0 {
			return
		}

		var printed bytes.Buffer
		if err := Print(&printed, options); err != nil {
			t.Fatal(err)
		}

		again, problem := parse(printed.Bytes())
		if problem != nil {
			if reflect.DeepEqual(options, simulator.Options{}) {
				return
			}

			t.Fatalf("%+v in\n%s", *problem, &printed)
		}

		reread, d := decode(again)
		if len(d.problems) > 0 || !reflect.DeepEqual(reread, options) {
			t.Errorf("%v\n%+v\nbecomes\n%+v\nin\n%s", d.problems, options, reread, &printed)
		}
	})
}

func checkProblem(t *testing.T, problem Problem, file []byte) {
	t.Helper()

	lines := 2 // Start at 2, to count the last line and the position after the end of the file.
	for _, end := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
		lines += bytes.Count(file, []byte(end))
	}

	if problem.Text == "" || problem.Line < 0 || problem.Line > lines {
		t.Errorf("invalid problem %+v", problem)
	}
}
