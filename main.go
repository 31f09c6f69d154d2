// Terraform-provider-celonis serves the Terraform provider for Celonis.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/celonis-community/terraform-provider-celonis/internal/buildinfo"
	"github.com/celonis-community/terraform-provider-celonis/internal/provider"
)

// The linker sets these variables (see GNUmakefile and .goreleaser.yml).
var (
	version = "dev"
	commit  string
)

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger, and print the variable to export so that Terraform uses this process")
	showVersion := flag.Bool("version", false, "print the version and exit")

	flag.Parse()

	if *showVersion {
		fmt.Fprintln(os.Stdout, "terraform-provider-celonis", buildinfo.Version(version, commit))

		return
	}

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/celonis-community/celonis",
		Debug:   *debug,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
