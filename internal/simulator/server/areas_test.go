package server

import "testing"

func TestLongestPrefixSelectsTheArea(t *testing.T) {
	t.Parallel()

	s := &Server{areas: []Area{{Name: "a", Prefix: "/api"}, {Name: "b", Prefix: "/api/x"}, {Name: "c", Prefix: "/api/x"}}}

	for path, want := range map[string]string{
		"/api": "a", "/api/y": "a", "/api/xy": "a", "/api/x": "b", "/api/x/y": "b", "/apiary": "", "/": "",
	} {
		if got := s.areaOf(path).Name; got != want {
			t.Errorf("areaOf(%s) = %q, want %q", path, got, want)
		}
	}
}
