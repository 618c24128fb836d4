package compose

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/fx"

	"tidemark/app/metrics"
)

// signals are how a node shows what it does.
type signals struct {
	log     *slog.Logger
	metrics *metrics.Metrics
	traces  *trace.TracerProvider // nil: none are made
}

// signalsPart gives the log and the metrics, and flushes traces at the very end.
func signalsPart(t *signals) fx.Option {
	return fx.Module("signals",
		fx.Supply(t, t.log, t.metrics),
		fx.Invoke(func(lc fx.Lifecycle) {
			lc.Append(stopHook("traces", flushDeadline, t.flush))
		}))
}

// newSignals makes what the configuration asks for. The exporter connects when it has something to send.
func newSignals(ctx context.Context, cfg Config, version string, logs io.Writer) (*signals, error) {
	t := &signals{log: cfg.logger(logs), metrics: metrics.New(version)}
	if cfg.Telemetry.OTLPEndpoint == "" {
		return t, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(cfg.Telemetry.traces()))
	if err != nil {
		return nil, fmt.Errorf("--otlp-endpoint %s: %w", cfg.Telemetry.OTLPEndpoint, err)
	}
	about := resource.NewSchemaless(attribute.String("service.name", "tidemark"),
		attribute.String("service.version", version),
		attribute.String("service.instance.id", cfg.Node.Name), attribute.String("cloud.region", cfg.Node.Region))
	t.traces = trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about),
		trace.WithSampler(trace.ParentBased(trace.TraceIDRatioBased(cfg.Telemetry.TraceShare))))
	return t, nil
}

// traces is the URL of traces: the endpoint is that of all signals, as OpenTelemetry has it, or already that of
// traces.
func (t Telemetry) traces() string {
	const path = "/v1/traces"
	return strings.TrimSuffix(strings.TrimRight(t.OTLPEndpoint, "/"), path) + path
}

// silent is signals that nobody sees.
func silent() *signals {
	return &signals{log: slog.New(slog.DiscardHandler), metrics: metrics.New("")}
}

func (s *signals) flush(ctx context.Context) error {
	if s.traces == nil {
		return nil
	}
	return s.traces.Shutdown(ctx)
}

// served puts a server span around each request, a child of the caller's if it names one.
func (s *signals) served(h http.Handler) http.Handler {
	if s.traces == nil {
		return h
	}
	return otelhttp.NewHandler(h, "http", otelhttp.WithTracerProvider(s.traces),
		otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithFilter(func(r *http.Request) bool { return !isProbe(r.URL.Path) }),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method + " " + r.URL.Path }))
}

// traced puts a client span around each request to the storage, within a request of ours.
func (s *signals) traced(next http.RoundTripper) http.RoundTripper {
	if s.traces == nil {
		return next
	}
	return otelhttp.NewTransport(next, otelhttp.WithTracerProvider(s.traces),
		otelhttp.WithPropagators(propagation.TraceContext{}))
}

// isProbe reports whether a path is asked for all the time by machines.
func isProbe(path string) bool {
	return path == "/metrics" || path == "/health/live" || path == "/health/ready"
}
