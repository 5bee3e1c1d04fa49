import { z } from "zod";

/** Where an operator finds each service, and what the app's identity needs there (bicep/ assigns it). */
const SERVICES = {
  "Cosmos DB": { setting: "COSMOS_ENDPOINT", role: "Cosmos DB Built-in Data Contributor" },
  "Service Bus": { setting: "SERVICEBUS__fullyQualifiedNamespace", role: "Azure Service Bus Data Owner" },
  "Blob Storage": { setting: "STORAGE__blobServiceUri", role: "Storage Blob Data Contributor" },
  "Web PubSub": { setting: "WEBPUBSUB_ENDPOINT", role: "Web PubSub Service Owner" },
  "Key Vault": { setting: "KEYVAULT_URI", role: "Key Vault Secrets User" },
} as const;

export type ServiceName = keyof typeof SERVICES;

/** `denied`: it knows who asks, and refuses. `no-identity`: nobody to ask as. `incomplete`: what bicep makes is not there. */
type Trouble = "denied" | "no-identity" | "unreachable" | "incomplete";

const REMEDY: Readonly<Record<Trouble, (service: ServiceName) => string>> = {
  denied: (service) =>
    `${service} refuses the app's identity: give it the role "${SERVICES[service].role}", which works after up to ten minutes, and let its network in`,
  "no-identity": (service) =>
    `The app has no identity to ask ${service} with: assign its managed identity and set AZURE_CLIENT_ID, or sign in with "az login"`,
  unreachable: (service) =>
    `Nothing answers where ${SERVICES[service].setting} says that ${service} is: correct the setting, or open the app's way there`,
  incomplete: (service) => `${service} lacks what the product needs there: deploy bicep/ again`,
};

/** Why a service of Azure cannot be used, and how to mend it: words for operators, of ours alone, so that logs may hold them. */
export class ServiceFault extends Error {
  override readonly name = "ServiceFault";
  readonly trouble: Trouble;

  constructor(service: ServiceName, trouble: Trouble, options?: ErrorOptions) {
    super(`${REMEDY[trouble](service)}.`, options);
    this.trouble = trouble;
  }
}

/** How the SDKs say the same thing: by an HTTP status, or by a word as code or name. */
const Said = z.looseObject({
  name: z.string().optional(),
  code: z.union([z.string(), z.number()]).optional(),
  statusCode: z.number().optional(),
  cause: z.unknown().optional(),
  /** Of an AggregateError, as Service Bus' SDK makes it of its tries. */
  errors: z.array(z.unknown()).default([]),
});

const TROUBLES: Readonly<Record<string, Trouble>> = {
  401: "denied",
  403: "denied",
  404: "incomplete",
  // Service Bus' SDK: learn.microsoft.com/javascript/api/@azure/service-bus/servicebuserrorcode
  UnauthorizedAccess: "denied",
  MessagingEntityNotFound: "incomplete",
  // learn.microsoft.com/javascript/api/overview/azure/identity-readme#error-handling
  CredentialUnavailableError: "no-identity",
  AggregateAuthenticationError: "no-identity",
  AuthenticationError: "no-identity",
  // Node's, and core-rest-pipeline's where it hides them.
  ECONNREFUSED: "unreachable",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ENOTFOUND: "unreachable",
  ETIMEDOUT: "unreachable",
  REQUEST_SEND_ERROR: "unreachable",
};

/** `error` as the cause of what an operator can do about it; `error` itself when there is nothing of the kind. */
export function explained(service: ServiceName, error: unknown): unknown {
  const trouble = troubleOf(error);
  return trouble === undefined ? error : new ServiceFault(service, trouble, { cause: error });
}

const MAX_CAUSES = 4;

/** An SDK may wrap what happened, so the causes are asked as well, and the last of several tries. */
function troubleOf(error: unknown, depth = 0): Trouble | undefined {
  const parsed = Said.safeParse(error);
  if (!parsed.success || depth > MAX_CAUSES || error instanceof ServiceFault) return undefined;
  const { name = "", code = "", statusCode = "", cause, errors } = parsed.data;
  for (const word of [name, String(statusCode), String(code)]) {
    const trouble = Object.hasOwn(TROUBLES, word) ? TROUBLES[word] : undefined;
    if (trouble !== undefined) return trouble;
  }
  return troubleOf(cause, depth + 1) ?? troubleOf(errors.at(-1), depth + 1);
}
