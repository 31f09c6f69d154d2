package provider

import (
	"context"
	"log/slog"
	"regexp"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// logSubsystem is the name under which the client's log lines appear. TF_LOG_PROVIDER_CELONIS_CLIENT sets its log level.
const logSubsystem = "client"

// logHandler passes the client's log lines to Terraform's log, and masks anything that looks like a credential. The client does not
// log credentials, so this is only a second safeguard.
type logHandler struct {
	fields  []slog.Attr
	secrets []transport.Secret
	shapes  *regexp.Regexp
}

func newLogHandler(credentials transport.Credentials) *logHandler {
	return &logHandler{
		secrets: credentials.Secrets(),
		shapes:  regexp.MustCompile(`eyJ[\w-]+(?:\.[\w-]*){1,2}|(?i:bearer|basic|appkey)\s+[\w.~+/=:-]{8,}`),
	}
}

// Enabled implements [slog.Handler]. Terraform applies its own log level.
func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements [slog.Handler].
func (h *logHandler) Handle(ctx context.Context, record slog.Record) error {
	ctx = tflog.NewSubsystem(ctx, logSubsystem, tflog.WithLevelFromEnv("TF_LOG_PROVIDER_CELONIS", logSubsystem))
	ctx = tflog.SubsystemMaskLogRegexes(ctx, logSubsystem, h.shapes)
	ctx = tflog.SubsystemMaskLogStrings(ctx, logSubsystem, h.revealed()...)

	fields := make(map[string]any, record.NumAttrs()+len(h.fields))
	for _, field := range h.fields {
		fields[field.Key] = field.Value.Resolve().String()
	}

	record.Attrs(func(field slog.Attr) bool {
		fields[field.Key] = field.Value.Resolve().String()

		return true
	})

	switch {
	case record.Level >= slog.LevelError:
		tflog.SubsystemError(ctx, logSubsystem, record.Message, fields)
	case record.Level >= slog.LevelWarn:
		tflog.SubsystemWarn(ctx, logSubsystem, record.Message, fields)
	case record.Level >= slog.LevelInfo:
		tflog.SubsystemInfo(ctx, logSubsystem, record.Message, fields)
	default:
		tflog.SubsystemDebug(ctx, logSubsystem, record.Message, fields)
	}

	return nil
}

func (h *logHandler) revealed() []string {
	var secrets []string

	for _, secret := range h.secrets {
		if !secret.IsEmpty() {
			secrets = append(secrets, secret.Reveal())
		}
	}

	return secrets
}

// WithAttrs implements [slog.Handler].
func (h *logHandler) WithAttrs(fields []slog.Attr) slog.Handler {
	with := *h
	with.fields = append(append([]slog.Attr{}, h.fields...), fields...)

	return &with
}

// WithGroup implements [slog.Handler]. The client does not use log groups.
func (h *logHandler) WithGroup(string) slog.Handler { return h }
