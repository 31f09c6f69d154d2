package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/celonis-community/terraform-provider-celonis/internal/cli"
	"github.com/celonis-community/terraform-provider-celonis/internal/provider"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// starts is the number of times that the benchmark starts each program. The benchmark alternates between the programs, and reports the
// median.
const starts = 15

// programs compares the provider's binary with an empty provider, and measures its memory during a listing.
func programs(ctx context.Context) ([]result, error) {
	folder, err := os.MkdirTemp("", "benchmark")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)

	binaries := map[string]string{".": filepath.Join(folder, "celonis"), "./internal/benchmark/empty": filepath.Join(folder, "empty")}
	for from, to := range binaries {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", to, from) //nolint:gosec // Our own.
		build.Env = append(os.Environ(), "CGO_ENABLED=0")

		if output, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building %s: %w\n%s", from, err, output)
		}
	}

	var sizes, times [2]float64

	var took [2][]float64

	for range starts {
		for index, binary := range []string{binaries["."], binaries["./internal/benchmark/empty"]} {
			span, err := startTime(ctx, binary)
			if err != nil {
				return nil, err
			}

			took[index] = append(took[index], milliseconds(span))

			file, err := os.Stat(binary)
			if err != nil {
				return nil, err
			}

			sizes[index] = float64(file.Size()) / (1 << 20)
		}
	}

	for index := range took {
		slices.Sort(took[index])
		times[index] = took[index][starts/2]
	}

	peak, err := listingMemory(ctx, binaries["."])
	if err != nil {
		return nil, err
	}

	return []result{
		{work: "list 10,000 models: peak memory of the provider, limit 128 MiB", measured: peak, ideal: 128, unit: "MiB", limit: 1},
		{work: "start to first RPC, compared with an empty provider", measured: times[0], ideal: times[1], unit: "ms", limit: 1.2},
		{work: "stripped binary, compared with an empty provider", measured: sizes[0], ideal: sizes[1], unit: "MiB", limit: 1.4},
	}, nil
}

// startTime returns the time from the launch of a provider to the response to its first RPC.
func startTime(ctx context.Context, binary string) (time.Duration, error) {
	start := time.Now()

	program, err := launch(ctx, binary)
	if err != nil {
		return 0, err
	}
	defer program.stop()

	if _, err := program.call(ctx, "GetMetadata", nil); err != nil {
		return 0, err
	}

	return time.Since(start), nil
}

// listingMemory returns the provider's peak memory in MiB while it lists 10,000 models.
func listingMemory(ctx context.Context, binary string) (float64, error) {
	const models = 10_000

	_, server, err := startTeam(simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: models}})
	if err != nil {
		return 0, err
	}
	defer server.Close()

	oauthClient := oauth.DefaultClient()

	program, err := launch(ctx, binary, "CELONIS_URL="+server.URL, "CELONIS_CLIENT_ID="+oauthClient.ID, "CELONIS_CLIENT_SECRET="+oauthClient.Secret,
		"CELONIS_REQUESTS_PER_SECOND=0")
	if err != nil {
		return 0, err
	}
	defer program.stop()

	provider, data, err := nullConfigurations(ctx)
	if err != nil {
		return 0, err
	}

	// These are the field numbers in ConfigureProvider.Request and ReadDataSource.Request, version 6 of the plugin protocol.
	if _, err := program.call(ctx, "ConfigureProvider", append(field(1, []byte("1.11.4")), field(2, field(1, provider))...)); err != nil {
		return 0, err
	}

	answer, err := program.call(ctx, "ReadDataSource", append(field(1, []byte("celonis_knowledge_models")), field(2, field(1, data))...))
	if err != nil {
		return 0, err
	}

	if len(answer) < models*20 {
		return 0, fmt.Errorf("the response of %d bytes does not contain %d models: %.300q", len(answer), models, answer)
	}

	return cli.PeakMemory(program.command.Process.Pid)
}

// nullConfigurations returns empty configurations for the provider and the data source.
func nullConfigurations(ctx context.Context) (provider, data []byte, err error) {
	server, err := celonisServer()
	if err != nil {
		return nil, nil, err
	}

	schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, nil, err
	}

	null := func(schema *tfprotov6.Schema) ([]byte, error) {
		object, ok := schema.ValueType().(tftypes.Object)
		if !ok {
			return nil, errors.New("the schema does not describe an object")
		}

		values := make(map[string]tftypes.Value)
		for name, kind := range object.AttributeTypes {
			values[name] = tftypes.NewValue(kind, nil)
		}

		encoded, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))

		return encoded.MsgPack, err
	}

	if provider, err = null(schema.Provider); err != nil {
		return nil, nil, err
	}

	data, err = null(schema.DataSourceSchemas["celonis_knowledge_models"])

	return provider, data, err
}

// program is a provider process, started the way Terraform starts it.
type program struct {
	command    *exec.Cmd
	connection *grpc.ClientConn
}

// launch starts a provider and reads its address from the handshake of github.com/hashicorp/go-plugin.
func launch(ctx context.Context, binary string, env ...string) (*program, error) {
	command := exec.CommandContext(ctx, binary)
	command.Env = append([]string{
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=6",
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(),
	}, env...)

	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}

	if err := command.Start(); err != nil {
		return nil, err
	}

	started := &program{command: command}

	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		started.stop()

		return nil, fmt.Errorf("reading the handshake: %w", err)
	}

	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 5 || parts[1] != "6" {
		started.stop()

		return nil, fmt.Errorf("unexpected handshake %q", line)
	}

	started.connection, err = grpc.NewClient(parts[2]+":"+parts[3], grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(rawCodec{}), grpc.MaxCallRecvMsgSize(256<<20)))
	if err != nil {
		started.stop()

		return nil, fmt.Errorf("connecting to the provider: %w", err)
	}

	return started, nil
}

// call sends an encoded message and returns the encoded response.
func (p *program) call(ctx context.Context, method string, message []byte) ([]byte, error) {
	var answer []byte

	if err := p.connection.Invoke(ctx, "/tfplugin6.Provider/"+method, &message, &answer); err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}

	return answer, nil
}

func (p *program) stop() {
	if p.connection != nil {
		_ = p.connection.Close()
	}

	_ = p.command.Process.Kill()
	_ = p.command.Wait() // Wait returns an error because the process was killed.
}

// field encodes a length-delimited field of a protobuf message.
func field(number protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), content)
}

// rawCodec passes encoded messages through unchanged, because the protocol's Go types are internal to terraform-plugin-go.
type rawCodec struct{}

// Marshal implements the codec.
func (rawCodec) Marshal(value any) ([]byte, error) {
	message, ok := value.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("%T is not an encoded message", value)
	}

	return *message, nil
}

// Unmarshal implements the codec.
func (rawCodec) Unmarshal(data []byte, value any) error {
	message, ok := value.(*[]byte)
	if !ok {
		return fmt.Errorf("%T is not an encoded message", value)
	}

	*message = slices.Clone(data)

	return nil
}

// Name implements the codec.
func (rawCodec) Name() string { return "proto" }

func celonisServer() (tfprotov6.ProviderServer, error) {
	return providerserver.NewProtocol6WithError(provider.New("benchmark")())()
}
