package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"tidemark/app/compose"
	"tidemark/app/tidemark/internal/cli"
)

var rewrite = flag.Bool("rewrite", false, "write docs/configuration.md anew")

const configurationFile = "../../docs/configuration.md"

func TestConfigurationIsDocumented(t *testing.T) {
	want := configuration()
	if *rewrite {
		if err := os.WriteFile(configurationFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(configurationFile)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("docs/configuration.md is not what the flags are: go test ./app/tidemark -run Configuration "+
			"-rewrite\n%s", d)
	}
}

// TestDefaultsAreTheSameInGoAndInFlags holds the tags of compose.Config against compose.Default.
func TestDefaultsAreTheSameInGoAndInFlags(t *testing.T) {
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, "TIDEMARK_") ||
			name == "OTEL_EXPORTER_OTLP_ENDPOINT" {
			t.Setenv(name, "") // restores it after the test
			os.Unsetenv(name)
		}
	}
	var c cli.Commands
	if _, err := cli.NewParser(&c, io.Discard, io.Discard).Parse([]string{"serve"}); err != nil {
		t.Fatal(err)
	}
	if want := compose.Default(); !reflect.DeepEqual(c.Serve.Config, want) {
		t.Errorf("flags give %+v\nDefault is  %+v", c.Serve.Config, want)
	}
}

func TestVariablesAndFlags(t *testing.T) {
	t.Setenv("TIDEMARK_LISTEN", "127.0.0.1:1")
	t.Setenv("TIDEMARK_REGION", "west")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/v1/traces")
	var c cli.Commands
	_, err := cli.NewParser(&c, io.Discard, io.Discard).
		Parse([]string{"serve", "--listen", "127.0.0.1:2", "--retention",
			"90d", "--tenant-retention", "acme=30d;ever=0"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Serve.HTTP.Listen != "127.0.0.1:2" || c.Serve.Node.Region != "west" ||
		c.Serve.Telemetry.OTLPEndpoint != "http://collector:4318/v1/traces" ||
		c.Serve.Work.Retention.String() != "90d" || c.Serve.Work.TenantRetention["acme"].String() != "30d" {
		t.Errorf("%+v", c.Serve)
	}
}

// configuration is docs/configuration.md, made of the command line's own model.
func configuration() string {
	var c cli.Commands
	model := cli.NewParser(&c, io.Discard, io.Discard).Model
	var b strings.Builder
	b.WriteString("# Configuration\n\nMade of the program's own flags by `go test ./app/tidemark -run Configuration " +
		"-rewrite`: do not edit.\n\n" +
		"A flag with an environment variable beside it can be given as that; the flag wins. Orders to the simulator " +
		"have none. Durations are written as `1s`, `5m`, `36h`.\n")
	for _, command := range model.Leaves(true) {
		flags := slices.DeleteFunc(slices.Concat(command.AllFlags(true)...),
			func(f *kong.Flag) bool { return f.Name == "help" })
		if len(flags) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## tidemark %s\n\n%s\n\n| flag | variable | default | what |\n|---|---|---|---|\n",
			command.Path(), command.Help)
		group := ""
		for _, f := range flags {
			if f.Group != nil && f.Group.Title != group {
				group = f.Group.Title
				fmt.Fprintf(&b, "| **%s** | | | |\n", group)
			}
			fmt.Fprintf(&b, "| `--%s` | %s | %s | %s |\n", f.Name, code(strings.Join(f.Envs, "`, `")), code(f.Default),
				strings.ReplaceAll(f.Help, "|", `\|`))
		}
	}
	return b.String()
}

// code is a value as code, or nothing.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}
