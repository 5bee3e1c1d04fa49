import { z } from "zod";
import { derivedId, TenantId } from "../../ids.ts";
import { collection, type Documents } from "../port.ts";

/** An engine under test. Files of tests share none of their data: each asks for tenants of its own. */
export interface Subject {
  readonly documents: Documents;
  /** Now, by the clock that time to live goes by. */
  now(): Date;
  /** Lets at least that many seconds pass. */
  pass(seconds: number): Promise<void>;
  /** How many random sequences to compare with the model: fewer where each operation is slow. */
  readonly propertyRuns: number;
  close(): Promise<void>;
}

export interface SubjectUnderTest {
  readonly name: string;
  open(): Promise<Subject>;
}

export function tenant(name: string): TenantId {
  return TenantId.parse(derivedId("ten", name, Math.random()));
}

const Anything = z.record(z.string(), z.unknown());

/** Kinds for tests, in containers with one and two partition levels, with and without time to live. */
export const Message = collection("conversations", "message", Anything);
export const Note = collection("conversations", "note", Anything);
export const Setting = collection("configuration", "setting", Anything);
export const Session = collection("identity", "session", Anything);
export const Contact = collection("contacts", "contact", Anything);
export const Slug = collection("tenants", "slug", Anything);
