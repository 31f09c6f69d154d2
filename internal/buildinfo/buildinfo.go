// Package buildinfo identifies the build of a program, for its -version flag.
package buildinfo

import "runtime/debug"

// Version returns the version and, if known, the commit: "0.1.0 (1a2b3c4)". In releases and in builds with make, the linker sets the
// commit. If commit is empty, Version uses the commit that "go build" records in a clone.
func Version(version, commit string) string {
	if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
		commit = recordedCommit(info.Settings)
	}

	if commit == "" {
		return version
	}

	return version + " (" + commit + ")"
}

// recordedCommit returns the abbreviated commit from a build's settings, with the suffix -dirty if the clone contained uncommitted changes.
func recordedCommit(settings []debug.BuildSetting) string {
	const length = 7 // Git also abbreviates commits to seven characters by default.

	var commit, suffix string

	for _, setting := range settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value[:min(length, len(setting.Value))]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			suffix = "-dirty"
		}
	}

	if commit == "" {
		return ""
	}

	return commit + suffix
}
