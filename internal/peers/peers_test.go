// Package peers tests the client and the provider against independently written servers: a SCIM server, an OAuth token endpoint, nginx and
// an HTTP proxy. The simulator is not sufficient, because it could share the client's misunderstandings of a protocol. "make peers" runs
// the servers. Their configuration is in tools/peers.
package peers

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/provider"
)

// folderVariable is the environment variable that specifies the folder for the servers' addresses, logs and sockets. "make peers" sets it.
const folderVariable = "CELONIS_PEERS"

// pathOf returns the path of a file in the servers' folder. If the servers are not running, pathOf skips the test.
func pathOf(t *testing.T, file string) string {
	t.Helper()

	folder := os.Getenv(folderVariable)
	if folder == "" {
		t.Skipf("%s is not set. Run make peers, which starts the servers and sets the variable", folderVariable)
	}

	return filepath.Join(folder, file)
}

// contentOf returns the content of a file in the servers' folder, without a trailing line break.
func contentOf(t *testing.T, file string) string {
	t.Helper()

	content, err := os.ReadFile(pathOf(t, file))
	if err != nil {
		t.Fatal(err)
	}

	return strings.TrimSpace(string(content))
}

// addressOf returns the address of a server, which is the first line that the server printed.
func addressOf(t *testing.T, server string) string {
	t.Helper()

	address, _, _ := strings.Cut(contentOf(t, server+".address"), "\n")

	return address
}

// lockedBuffer is a buffer to which several goroutines may write.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

// Write implements [io.Writer].
func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.buffer.Write(text)
}

// String returns everything written so far.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.buffer.String()
}

// newLog returns a logger for all levels, and the buffer to which it writes.
func newLog() (*slog.Logger, *lockedBuffer) {
	text := new(lockedBuffer)

	return slog.New(slog.NewTextHandler(text, &slog.HandlerOptions{Level: slog.LevelDebug})), text
}

// diagnosticsOf configures the provider and reads the celonis_knowledge_models data source over the plugin protocol. It returns the text
// of all errors and warnings.
func diagnosticsOf(t *testing.T, configuration map[string]any) string {
	t.Helper()

	ctx := t.Context()

	server, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}

	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}

	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.14.0", Config: encoded(t, schemas.Provider, configuration),
	})
	if err != nil {
		t.Fatal(err)
	}

	const dataSource = "celonis_knowledge_models"

	read, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: dataSource, Config: encoded(t, schemas.DataSourceSchemas[dataSource], nil),
	})
	if err != nil {
		t.Fatal(err)
	}

	var text strings.Builder
	for _, diagnostic := range append(configured.Diagnostics, read.Diagnostics...) {
		text.WriteString(diagnostic.Summary + ": " + diagnostic.Detail + "\n")
	}

	return text.String()
}

// encoded encodes an object according to a schema. Omitted attributes are null.
func encoded(t *testing.T, schema *tfprotov6.Schema, attributes map[string]any) *tfprotov6.DynamicValue {
	t.Helper()

	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("the schema does not describe an object")
	}

	values := make(map[string]tftypes.Value)
	for name, kind := range object.AttributeTypes {
		values[name] = tftypes.NewValue(kind, attributes[name])
	}

	value, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}

	return &value
}

// wantText checks that a text contains all of the given parts and none of the secrets.
func wantText(t *testing.T, text string, parts []string, secrets ...string) {
	t.Helper()

	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing from: %s", part, text)
		}
	}

	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("the secret %q is visible in: %s", secret, text)
		}
	}
}
