import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BicepError } from "./tokens.ts";
import {
  asFields,
  asList,
  asNumber,
  asText,
  type Fields,
  fromJson,
  hashed,
  idOf,
  isList,
  Lambda,
  type Value,
} from "./values.ts";

const SUBSCRIPTION = "/subscriptions/00000000-0000-4000-8000-000000000001";

/** Where an expression is evaluated. */
export interface Place {
  /** The file's path. */
  readonly file: string;
  /** The resource group; undefined: the subscription. */
  readonly group: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

export function scopeId(group: string | undefined): string {
  return group === undefined ? SUBSCRIPTION : `${SUBSCRIPTION}/resourceGroups/${group}`;
}

type Call = (args: readonly Value[], place: Place) => Value;

/** The functions of Bicep that this repository uses; others are unknown, and said to be. */
const FUNCTIONS: Readonly<Record<string, Call>> = {
  cidrSubnet: ([network, bits, index]) => cidrSubnet(asText(network), asNumber(bits), asNumber(index)),
  concat: (args) => (args.every(isList) ? args.flat() : args.map((each) => asText(each)).join("")),
  empty: ([value]) => value === undefined || value === null || sizeOf(value) === 0,
  environment: () => ({ suffixes: { storage: "core.windows.net" } }),
  filter: ([list, test]) => asList(list).filter((each) => callOf(test)([each]) === true),
  guid: (args) => hashed(36, "guid", ...args),
  int: ([text]) => {
    if (!/^\d+$/.test(asText(text))) throw new BicepError(`${JSON.stringify(text)} is no whole number`);
    return Number(text);
  },
  length: ([value]) => sizeOf(value ?? null),
  loadJsonContent: ([path], { file }) => fromJson(readFileSync(join(dirname(file), asText(path)), "utf8")),
  loadTextContent: ([path], { file }) => readFileSync(join(dirname(file), asText(path)), "utf8"),
  map: ([list, change]) => asList(list).map((each) => callOf(change)([each])),
  readEnvironmentVariable: ([name, otherwise], { environment }) => {
    const value = environment[asText(name)] ?? otherwise;
    if (value === undefined) throw new BicepError(`the environment has no ${asText(name)}`);
    return value;
  },
  resourceGroup: (_args, { group }) => {
    if (group === undefined) throw new BicepError("a subscription's deployment has no resourceGroup()");
    return { id: scopeId(group), name: group };
  },
  resourceId: ([type, ...names], { group }) =>
    idOf(scopeId(group), asText(type), names.map((each) => asText(each)).join("/")),
  subscription: () => ({
    id: SUBSCRIPTION,
    subscriptionId: SUBSCRIPTION.slice(15),
    tenantId: "00000000-0000-4000-8000-000000000002",
  }),
  subscriptionResourceId: ([type, name]) => idOf(SUBSCRIPTION, asText(type), asText(name)),
  take: ([text, count]) => asText(text).slice(0, asNumber(count)),
  union: (args) => (args.every(isList) ? [...new Set(args.flat())] : mergedOf(args)),
  uniqueString: (args) => hashed(13, ...args),
  utcNow: ([format]) => asText(format).replace("yyyy", "2026").replace("MM", "11"),
};

export function isFunction(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, name);
}

export function callFunction(name: string, args: readonly Value[], place: Place): Value {
  const call = FUNCTIONS[name];
  if (call === undefined) throw new BicepError(`${name} is no function that is known here`);
  return call(args, place);
}

function mergedOf(args: readonly Value[]): Value {
  return Object.assign({}, ...args.map((each): Fields => asFields(each)));
}

function callOf(value: Value | undefined) {
  if (!(value instanceof Lambda)) throw new BicepError("a lambda is due");
  return value.call;
}

function sizeOf(value: Value): number {
  if (typeof value === "string" || isList(value)) return value.length;
  return Object.keys(asFields(value)).length;
}

function cidrSubnet(network: string, bits: number, index: number): string {
  const [address = "", prefix = ""] = network.split("/");
  const octets = address.split(".").map(Number);
  if (octets.length !== 4 || bits !== 24 || index >= 2 ** (24 - Number(prefix)))
    throw new BicepError(`${network} has no ${index + 1} networks of /${bits}`);
  const [first, second, third = 0] = octets;
  return `${first}.${second}.${third + index}.0/24`;
}
