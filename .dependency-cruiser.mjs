/** The house's rules (docs/decisions/001-house.md): who may use whom. */
const CONTEXTS = "identity|configuration|contacts|conversations|work|telephony|media|history|reporting|search";
const sdk = (name, pattern, home) => ({
  name: `one-home-for-${name}`,
  comment: `${name} is imported in one place`,
  severity: "error",
  from: {
    path: "^(functions|shared|installer|local)/",
    pathNot: [home, "\\.test\\.ts$", "/(conformance|testing|fixtures)"],
  },
  to: { path: pattern },
});

export default {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "platform-knows-no-context",
      severity: "error",
      from: { path: "^shared/platform/" },
      to: { path: `^(functions|local|installer|shared/(${CONTEXTS}|channels))/` },
    },
    {
      name: "shared-knows-no-door",
      severity: "error",
      from: { path: "^shared/" },
      to: { path: "^(functions|local|installer|web|bench|test)/" },
    },
    {
      name: "contexts-through-model-and-service",
      comment: "A context uses another only through its model.ts, content.ts or service.ts",
      severity: "error",
      from: { path: `^shared/(${CONTEXTS})/`, pathNot: "\\.test\\.ts$" },
      to: {
        path: `^shared/(${CONTEXTS})/`,
        pathNot: ["^shared/$1/", "/(model|service|content|kinds)\\.ts$"],
      },
    },
    {
      name: "azure-never-loads-local",
      severity: "error",
      from: { path: "^(functions|shared)/" },
      to: { path: "^(local|installer|bench|test)/" },
    },
    sdk("cosmos", "node_modules/@azure/cosmos/", "^shared/platform/documents/cosmos/"),
    sdk("service-bus", "node_modules/@azure/service-bus/", "^shared/platform/queue/serviceBus/"),
    sdk("amqp", "node_modules/rhea/", "^local/emulators/serviceBus/"),
    sdk("storage-blob", "node_modules/@azure/storage-blob/", "^shared/platform/blobs/"),
    sdk("web-pubsub", "node_modules/@azure/web-pubsub/", "^shared/platform/realtime/"),
    sdk("key-vault", "node_modules/@azure/keyvault-secrets/", "^shared/platform/secrets/"),
    sdk("identity-sdk", "node_modules/@azure/identity/", "^shared/platform/credential\\.ts$"),
    sdk("application-insights", "node_modules/(applicationinsights|@opentelemetry)/", "^shared/platform/telemetry/"),
    sdk("functions", "node_modules/@azure/functions/", "^(functions/|shared/platform/http/|local/host/)"),
    sdk("jose", "node_modules/jose/", "^(shared/identity/|shared/platform/realtime/|local/realtime/)"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    parser: "swc",
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".tsx", ".js", ".mjs"] },
  },
};
