import { describe, expect, it } from "vitest";
import { contactName, identityWords } from "./names.ts";

const phone = (value: string) => ({ kind: "phone" as const, value });

describe("identityWords", () => {
  it.each([
    ["12025550143", "+1 202 555 0143"],
    ["447700900214", "+44 770 090 0214"],
    ["4915123456789", "+49 151 234 56789"],
    ["not a number", "not a number"],
  ])("%s is %s", (value, words) => {
    expect(identityWords(phone(value))).toBe(words);
  });
});

describe("contactName", () => {
  it("falls back to an address, a phone first", () => {
    const user = { kind: "whatsapp-user" as const, value: "US.1" };
    expect(contactName({ name: " ", identities: [user, phone("12025550143")] })).toBe("+1 202 555 0143");
    expect(contactName({ name: "", identities: [user] })).toBe("US.1");
    expect(contactName({ name: "", identities: [] })).toBe("Unknown");
    expect(contactName({ name: "Ana", identities: [user] })).toBe("Ana");
  });
});
