package simulator

import "testing"

func TestAreaOfAPathHasTheLongestPrefix(t *testing.T) {
	t.Parallel()

	s := &Server{areas: []area{{name: "a", prefix: "/api"}, {name: "b", prefix: "/api/x"}, {name: "c", prefix: "/api/x"}}}

	for path, want := range map[string]string{
		"/api": "a", "/api/y": "a", "/api/xy": "a", "/api/x": "b", "/api/x/y": "b", "/apiary": "", "/": "",
	} {
		if got := s.areaOf(path).name; got != want {
			t.Errorf("%s belongs to %q, want %q", path, got, want)
		}
	}
}
