import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dictionary } from "@zxcvbn-ts/language-common";
import { describe, expect, it } from "vitest";
import { commonPasswords } from "../shared/identity/passwords/blocklist.ts";
import { MIN_LENGTH, weaknessOf } from "../shared/identity/passwords/rules.ts";
import { COMMON_PASSWORDS, commonPasswordsFile, refusedPasswords } from "./commonPasswords.ts";

const NOBODY = { organization: "", slug: "", name: "", email: "" };

describe("the list of common passwords", () => {
  it("is what the script makes of the package's list", () => {
    const about = "Run `npm run passwords:data` and commit what it has changed";
    expect(readFileSync(COMMON_PASSWORDS, "utf8") === commonPasswordsFile(), about).toBe(true);
  });

  it("has thousands in less than 100 KB", () => {
    expect(refusedPasswords().length).toBeGreaterThan(15_000);
    expect(statSync(COMMON_PASSWORDS).size).toBeLessThan(100_000);
  });

  it("refuses each that is long enough to be chosen, and each of the most common ones with digits", async () => {
    const isCommon = await commonPasswords();
    const code = (password: string) => weaknessOf(password, NOBODY, MIN_LENGTH.withSecondFactor, isCommon)?.code;
    const all = dictionary["passwords-common"].map(String);
    const long = all.filter((password) => password.replace(/[^a-z0-9]/gi, "").length >= MIN_LENGTH.withSecondFactor);
    expect(long.length).toBeGreaterThan(15_000);
    expect(long.filter((password) => code(password) !== "password-too-common")).toEqual([]);
    const words = all.slice(0, 10_000).filter((password) => /^[a-z]{4,}$/.test(password));
    expect(words.filter((word) => code(`${word}20262026`) !== "password-too-common")).toEqual([]);
  });

  it("refuses hardly one of those that nobody uses", async () => {
    const isCommon = await commonPasswords();
    const tries = 20_000;
    const wrong = Array.from({ length: tries }, () => randomBytes(12).toString("hex")).filter(isCommon);
    // 2 are to be expected; 20 and more come once in 10^12 runs.
    expect(wrong.length).toBeLessThan(20);
  });
});
