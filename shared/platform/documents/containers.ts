/**
 * The containers, declared once: SQLite's tables and indexes come from here, and bicep is tested against it.
 * Only what is filtered or ordered by is indexed, because every indexed path makes every write dearer.
 */
export interface Container {
  /** Levels of the hierarchical partition key. */
  readonly partitionKey: readonly string[];
  /** Paths within `data` that queries may filter or order by, beside `kind` and `id`. */
  readonly indexed: readonly string[];
  /** True when documents may carry a `ttl` of their own. */
  readonly timeToLive: boolean;
  /** Kinds that sweepers look for in all tenants. SQLite indexes their age; Cosmos indexes everybody's by itself. */
  readonly swept: readonly string[];
}

export const CONTAINERS = {
  /** The directory: tenants, slugs, channel addresses, home region. Written in every region. */
  tenants: { partitionKey: ["/id"], indexed: [], timeToLive: false, swept: [] },
  /** Current configuration, its change log, head revision. */
  configuration: { partitionKey: ["/tenantId"], indexed: ["/kind", "/revision"], timeToLive: false, swept: ["outbox"] },
  /** Users' credentials, sessions, API keys, single sign-on settings, invitations. */
  identity: { partitionKey: ["/tenantId"], indexed: ["/userId"], timeToLive: true, swept: ["outbox"] },
  /** Contacts and their identities (phone, business-scoped id, address). */
  contacts: { partitionKey: ["/tenantId", "/contactId"], indexed: ["/name"], timeToLive: false, swept: ["outbox"] },
  /** Conversations, their messages, notes, events and outbox; media. */
  conversations: {
    partitionKey: ["/tenantId", "/conversationId"],
    indexed: ["/status", "/lastMessageAt", "/position", "/providerId"],
    timeToLive: true,
    swept: ["outbox"],
  },
  /** Work items, offers, agent presence and capacity. */
  work: { partitionKey: ["/tenantId", "/lane"], indexed: [], timeToLive: true, swept: [] },
  /** Call logs, activities, audit, parked work; kept by tenant retention. */
  history: { partitionKey: ["/tenantId", "/month"], indexed: ["/at"], timeToLive: true, swept: [] },
  /** Roll-ups by interval. */
  datamart: { partitionKey: ["/tenantId", "/grain"], indexed: [], timeToLive: true, swept: [] },
} as const satisfies Record<string, Container>;

export type ContainerName = keyof typeof CONTAINERS;

export const CONTAINER_NAMES: readonly ContainerName[] = Object.keys(CONTAINERS).filter(
  (name): name is ContainerName => name in CONTAINERS,
);
