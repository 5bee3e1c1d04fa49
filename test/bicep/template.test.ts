import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { bicepData, DATABASE, MEDIA_CONTAINER } from "../../scripts/bicepData.ts";
import { SECRETS } from "../../scripts/bicepKeys.ts";
import { readConfig } from "../../shared/platform/config/config.ts";
import { CONTAINERS, type Container } from "../../shared/platform/documents/containers.ts";
import { indexingPolicy } from "../../shared/platform/documents/cosmos/indexingPolicy.ts";
import { QUEUES, type QueueDeclaration } from "../../shared/platform/queue/queues.ts";
import { REALTIME_HUB } from "../../shared/platform/realtime/port.ts";
import { SECRETS_KEY_NAME, SIGNING_KEY_NAME } from "../../shared/platform/secrets/keyVault.ts";
import { type Deployed, rehearse } from "./language/deploy.ts";
import { asFields, asText, type Fields, isFields, isList, type Value } from "./language/values.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SIZES = ["dev", "test", "production"] as const;
const plans = SIZES.map((size) => ({
  size,
  ...rehearse(join(ROOT, `bicep/${size}.bicepparam`), { CORDBOARD_ALERT_EMAIL: "ops@example.com" }),
}));

const json = (path: string): Value => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
const ofType = (deployed: readonly Deployed[], type: string) => deployed.filter((each) => each.type === type);
const propertiesOf = (each: Deployed): Fields => asFields(each.body.properties);
const lastName = (name: string) => name.split("/").at(-1) ?? "";

/** The value at a path of names, e.g. `resource.partitionKey`. */
function at(value: Value | undefined, path: string): Value | undefined {
  let here = value;
  for (const name of path.split(".")) here = here !== undefined && isFields(here) ? here[name] : undefined;
  return here;
}

/** Settings of each stamp's function app. */
function settingsOf(deployed: readonly Deployed[]): Readonly<Record<string, string>>[] {
  return ofType(deployed, "Microsoft.Web/sites/config").map((each) =>
    Object.fromEntries(Object.entries(propertiesOf(each)).map(([name, value]) => [name, asText(value, name)])),
  );
}

describe("bicep/generated", () => {
  it.each(Object.keys(bicepData()))("%s is what the code declares (else: node scripts/bicepData.ts)", (name) => {
    expect(json(`bicep/generated/${name}`)).toEqual(JSON.parse(bicepData()[name] ?? ""));
  });

  it("names database and files as the code does", () => {
    expect(readFileSync(join(ROOT, "functions/engines.ts"), "utf8")).toContain(`const DATABASE = "${DATABASE}"`);
    const blobs = readFileSync(join(ROOT, "shared/platform/blobs/azureBlobs.ts"), "utf8");
    expect(blobs).toContain(`containerName = "${MEDIA_CONTAINER}"`);
  });
});

describe.each(plans)("what $size deploys", ({ size, deployed }) => {
  const stamps = ofType(deployed, "Microsoft.Web/sites");

  it("has each queue of the code in each stamp, as declared, and no other", () => {
    const queues = ofType(deployed, "Microsoft.ServiceBus/namespaces/queues");
    expect(queues).toHaveLength(stamps.length * Object.keys(QUEUES).length);
    for (const each of queues) {
      const properties = propertiesOf(each);
      const declared = Object.entries(QUEUES).find(([name]) => name === lastName(each.name))?.[1];
      if (declared === undefined) throw new Error(`The code declares no queue ${each.name}`);
      const { maxDeliveryCount, lockSeconds, duplicateWindowSeconds }: QueueDeclaration = declared;
      expect(properties).toMatchObject({ requiresSession: true, requiresDuplicateDetection: true, maxDeliveryCount });
      expect(properties).toMatchObject({ enablePartitioning: false, deadLetteringOnMessageExpiration: true });
      expect(secondsOf(properties.lockDuration)).toBe(lockSeconds);
      expect(secondsOf(properties.duplicateDetectionHistoryTimeWindow)).toBe(duplicateWindowSeconds);
    }
  });

  it("has each container of the code with its partition key, index and time to live, and no other", () => {
    const containers = ofType(deployed, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers");
    expect(containers.map(({ name }) => lastName(name))).toEqual(Object.keys(CONTAINERS));
    for (const [i, declared] of Object.values<Container>(CONTAINERS).entries()) {
      const resource = at(containers[i]?.body, "properties.resource");
      expect(at(resource, "id")).toBe(lastName(containers[i]?.name ?? ""));
      expect(at(resource, "partitionKey")).toEqual({
        paths: declared.partitionKey,
        kind: declared.partitionKey.length > 1 ? "MultiHash" : "Hash",
        version: 2,
      });
      expect(at(resource, "indexingPolicy")).toEqual(indexingPolicy(declared));
      expect(at(resource, "defaultTtl")).toBe(declared.timeToLive ? -1 : null);
    }
    const databases = ofType(deployed, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases");
    expect(databases.map(({ name }) => lastName(name))).toEqual([DATABASE]);
  });

  it("gives each function app settings with which the product starts", () => {
    for (const settings of settingsOf(deployed)) {
      const config = readConfig(resolved(settings));
      expect(config.platform).toBe("azure");
      expect(config.publicUrl).toMatch(/^https:\/\/[^/]+$/);
      expect(settings.AZURE_CLIENT_ID).toBe(settings.SERVICEBUS__clientId);
    }
  });

  it("gives no setting that neither the product nor what it runs on reads", () => {
    const readByOthers =
      /^(AzureWebJobsStorage__(accountName|credential|clientId)|SERVICEBUS__(credential|clientId)|AZURE_CLIENT_ID|APPLICATIONINSIGHTS_(AUTHENTICATION_STRING|STATSBEAT_DISABLED))$/;
    for (const settings of settingsOf(deployed))
      for (const name of Object.keys(settings))
        if (!readByOthers.test(name)) expect(`${name} ${changesConfig(settings, name)}`).toBe(`${name} true`);
  });

  it("takes secrets from the vault, by names that the vault is given", () => {
    const settings = settingsOf(deployed)[0] ?? {};
    const references = Object.values(settings).filter((value) => value.startsWith("@Microsoft.KeyVault("));
    const names = references.map((value) => /secrets\/([\w-]+)\)$/.exec(value)?.[1]);
    expect([...names, SECRETS_KEY_NAME, SIGNING_KEY_NAME].sort()).toEqual(Object.keys(SECRETS).sort());
  });

  it("has the containers of files, the hub, and the package's place that the code and the host use", () => {
    const containers = ofType(deployed, "Microsoft.Storage/storageAccounts/blobServices/containers");
    expect(new Set(containers.map(({ name }) => lastName(name)))).toEqual(new Set(["deployment", MEDIA_CONTAINER]));
    expect(containers).toHaveLength(2 * stamps.length);
    const hubs = ofType(deployed, "Microsoft.SignalRService/webPubSub/hubs");
    expect(new Set(hubs.map(({ name }) => lastName(name)))).toEqual(new Set([REALTIME_HUB]));
    for (const [i, stamp] of stamps.entries()) {
      const place = asText(at(stamp.body, "properties.functionAppConfig.deployment.storage.value"));
      const host = settingsOf(deployed)[i]?.AzureWebJobsStorage__accountName;
      expect(place).toBe(`https://${host}.blob.core.windows.net/deployment`);
    }
  });

  it("gives the identity the role for each service that the code speaks to, on the narrowest scope, and no other", () => {
    const granted = ofType(deployed, "Microsoft.Authorization/roleAssignments").map((each) => {
      const id = lastName(asText(propertiesOf(each).roleDefinitionId));
      const [name] = Object.entries(asFields(json("bicep/roles.json"))).find(([, role]) => role === id) ?? [];
      const place = each.on?.replace(/^.*\/providers\//, "").split("/") ?? [];
      return `${name} on ${place.filter((_, i) => i === 0 || i % 2 === 1).join("/")}`;
    });
    expect(new Set(granted)).toEqual(new Set(Object.values(ROLES).flat()));
  });

  it("has no shared keys and no local authentication", () => {
    const must: Readonly<Record<string, Fields>> = {
      "Microsoft.DocumentDB/databaseAccounts": { disableLocalAuth: true },
      "Microsoft.Insights/components": { DisableLocalAuth: true },
      "Microsoft.KeyVault/vaults": { enableRbacAuthorization: true, enablePurgeProtection: true },
      "Microsoft.OperationalInsights/workspaces": { features: { disableLocalAuth: true } },
      "Microsoft.ServiceBus/namespaces": { disableLocalAuth: true },
      "Microsoft.SignalRService/webPubSub": { disableLocalAuth: true },
      "Microsoft.Storage/storageAccounts": { allowSharedKeyAccess: false, allowBlobPublicAccess: false },
      "Microsoft.Web/sites/basicPublishingCredentialsPolicies": { allow: false },
    };
    for (const [type, expected] of Object.entries(must)) {
      expect(ofType(deployed, type).length, type).toBeGreaterThan(0);
      for (const each of ofType(deployed, type)) expect(propertiesOf(each), each.name).toMatchObject(expected);
    }
  });

  it("sends diagnostics of everything that has them to the workspace", () => {
    const quiet = /^(Resources|ManagedIdentity|Authorization|Consumption)\/|^Network\/|^Insights\/(?!components)/;
    const silent = ["Insights/components", "Web/serverfarms", "Web/staticSites"];
    const expected = deployed.filter(({ type }) => {
      const name = type.replace("Microsoft.", "");
      return !quiet.test(name) && !silent.includes(name) && name.split("/").length === 2;
    });
    const on = ofType(deployed, "Microsoft.Insights/diagnosticSettings").map((each) => each.on ?? "");
    for (const { id } of expected)
      expect(
        on.some((each) => each.startsWith(id)),
        id,
      ).toBe(true);
  });

  it("lets only its own Front Door reach a function app, each stamp under its own name", () => {
    const [profile] = ofType(deployed, "Microsoft.Cdn/profiles");
    expect(profile).toBeDefined();
    for (const stamp of stamps) {
      expect(at(stamp.body, "properties.siteConfig.ipSecurityRestrictionsDefaultAction")).toBe("Deny");
      expect(JSON.stringify(stamp.body)).toContain("AzureFrontDoor.Backend");
    }
    const urls = settingsOf(deployed).map(({ PUBLIC_URL }) => PUBLIC_URL);
    expect(new Set(urls).size).toBe(stamps.length);
  });

  it("alerts on dead letters, throttling, webhook failures, queue age, error rate and cost", () => {
    const alerts = deployed.filter(({ type }) => /metricAlerts$|scheduledQueryRules$/.test(type));
    const names = alerts.map(({ name }) => name);
    for (const what of [
      "dead-letters",
      "database-throttling",
      "queue-throttling",
      "webhook-failures",
      "entry-failures",
      "queue-age",
      "queue-stuck",
      "error-rate",
    ])
      expect(
        names.some((name) => name.endsWith(what)),
        what,
      ).toBe(true);
    const budgets = ofType(deployed, "Microsoft.Consumption/budgets");
    expect(budgets).toHaveLength(1);
    expect(JSON.stringify(budgets)).toMatch(/"contactGroups":\["[^"]*\/actionGroups\//);
    expect(ofType(deployed, "Microsoft.Insights/workbooks")).toHaveLength(1);
    for (const each of alerts) expect(JSON.stringify(propertiesOf(each).actions)).toContain("actionGroups");
  });

  it("backs the database up continuously", () => {
    const [account] = ofType(deployed, "Microsoft.DocumentDB/databaseAccounts");
    const tier = size === "production" ? "Continuous30Days" : "Continuous7Days";
    expect(at(account?.body, "properties.backupPolicy")).toEqual({
      type: "Continuous",
      continuousModeProperties: { tier },
    });
  });

  it("gives no two resources one id", () => {
    const ids = deployed.map(({ id }) => id.toLowerCase());
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  it("keeps to what the tiers can do", () => {
    const { cosmos, network, webPubSub } = asFields(json(`bicep/sizes/${size}.json`));
    if (at(cosmos, "mode") === "serverless") {
      expect(at(cosmos, "multiRegionWrites")).toBe(false);
      expect(ofType(deployed, "Microsoft.DocumentDB/databaseAccounts").flatMap(regionsOf)).toHaveLength(1);
    }
    // learn.microsoft.com/azure/azure-web-pubsub/howto-secure-private-endpoints: not on the free tier.
    if (at(network, "private") === true) expect(at(webPubSub, "sku")).toBe("Standard_S1");
    for (const each of ofType(deployed, "Microsoft.ServiceBus/namespaces"))
      expect(at(each.body, "sku.name")).toBe("Standard");
  });

  it("names what Azure takes: storage accounts of 3 to 24 letters and digits, vaults of at most 24", () => {
    for (const { name } of ofType(deployed, "Microsoft.Storage/storageAccounts"))
      expect(name).toMatch(/^[a-z0-9]{3,24}$/);
    for (const { name } of ofType(deployed, "Microsoft.KeyVault/vaults"))
      expect(name).toMatch(/^[a-z][a-z0-9-]{2,23}$/);
  });
});

describe("what azd deploys", () => {
  it("is one stamp of the size that is asked for, of which azd knows the function app and the browser app", () => {
    const { deployed } = rehearse(join(ROOT, "bicep/main.bicepparam"), {
      AZURE_ENV_NAME: "mine",
      CORDBOARD_SIZE: "test",
    });
    const tags = deployed.flatMap(({ body }) => at(body, "tags.azd-service-name") ?? []);
    expect(tags.sort()).toEqual(["api", "web"]);
    const services = readFileSync(join(ROOT, "azure.yaml"), "utf8");
    for (const tag of tags) expect(services).toMatch(new RegExp(`^ {2}${String(tag)}:$`, "m"));
    expect(deployed.every(({ group }) => group === undefined || group.startsWith("rg-cordboard-mine"))).toBe(true);
  });
});

describe("a restored database account", () => {
  it("takes the place of the one that was, in all that reaches it", () => {
    const { deployed } = rehearse(join(ROOT, "bicep/production.bicepparam"), { CORDBOARD_COSMOS_ACCOUNT: "restored" });
    expect(ofType(deployed, "Microsoft.DocumentDB/databaseAccounts").map(({ name }) => name)).toEqual(["restored"]);
    for (const { COSMOS_ENDPOINT } of settingsOf(deployed))
      expect(COSMOS_ENDPOINT).toBe("https://restored.documents.azure.com:443/");
    const endpoints = ofType(deployed, "Microsoft.Network/privateEndpoints").map(({ body }) => JSON.stringify(body));
    expect(endpoints.filter((body) => body.includes("databaseAccounts/restored"))).toHaveLength(2);
  });
});

describe("the roles", () => {
  it("have the ids under which Azure knows them (learn.microsoft.com/azure/role-based-access-control/built-in-roles)", () => {
    expect(json("bicep/roles.json")).toEqual({
      "Azure Service Bus Data Owner": "090c5cfd-751d-490a-894a-3ce6f1109419",
      "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
      "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
      "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
      "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
      "Web PubSub Service Owner": "12cf5a90-567b-43ae-8102-96cf46c7d9b4",
    });
  });

  it("cover every Azure service whose SDK the product imports", () => {
    const sources = globSync("shared/**/*.ts", { cwd: ROOT }).filter((file) => !/\.test\.ts$|\/testing\//.test(file));
    const imported = sources.flatMap((file) =>
      [...readFileSync(join(ROOT, file), "utf8").matchAll(/import\("(@azure\/[\w-]+|applicationinsights)"\)/g)].map(
        ([, name]) => name,
      ),
    );
    const needsNone = ["@azure/identity"];
    expect(new Set(imported.filter((name) => name !== undefined && !needsNone.includes(name)))).toEqual(
      new Set(Object.keys(ROLES).filter((name) => name !== "host")),
    );
  });
});

/** Which role on what each SDK needs; Cosmos DB's data plane has roles of its own (cosmos.bicep). */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  host: ["Storage Blob Data Owner on Microsoft.Storage/storageAccounts"],
  "@azure/cosmos": [],
  "@azure/keyvault-secrets": ["Key Vault Secrets User on Microsoft.KeyVault/vaults"],
  "@azure/service-bus": ["Azure Service Bus Data Owner on Microsoft.ServiceBus/namespaces/queues"],
  "@azure/storage-blob": ["Storage Blob Data Contributor on Microsoft.Storage/storageAccounts/blobServices/containers"],
  "@azure/web-pubsub": ["Web PubSub Service Owner on Microsoft.SignalRService/webPubSub"],
  applicationinsights: ["Monitoring Metrics Publisher on Microsoft.Insights/components"],
};

/** As Azure hands them to the product: secrets in the place of references to them. */
function resolved(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(settings);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value.startsWith("@Microsoft.KeyVault(") ? `secret-of-${name}` : value]),
  );
}

function changesConfig(settings: Readonly<Record<string, string>>, without: string): boolean {
  const { [without]: _, ...rest } = settings;
  readConfig(resolved(settings));
  try {
    return JSON.stringify(readConfig(resolved(rest))) !== JSON.stringify(readConfig(resolved(settings)));
  } catch {
    return true;
  }
}

function regionsOf(account: Deployed): readonly Value[] {
  const locations = propertiesOf(account).locations;
  return locations !== undefined && isList(locations) ? locations : [];
}

/** Of an ISO 8601 duration of days, hours, minutes and seconds. */
function secondsOf(duration: Value | undefined): number {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(asText(duration)) ?? [];
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}
