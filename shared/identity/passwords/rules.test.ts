import { describe, expect, it } from "vitest";
import { type KnownOfPerson, lengthOf, MIN_LENGTH, weaknessOf } from "./rules.ts";

const ANA: KnownOfPerson = {
  organization: "Canal Bikes",
  slug: "canal",
  name: "Ana María Núñez",
  email: "ana.nunez@canalbikes.example",
};
const COMMON = new Set(["password", "dragon", "ilovecheese"]);
const codeOf = (password: string, minLength: number = MIN_LENGTH.withSecondFactor) =>
  weaknessOf(password, ANA, minLength, (form) => COMMON.has(form))?.code;

describe("a password's length", () => {
  it("is counted in characters as people count them, of the composed text", () => {
    expect(lengthOf("cafe\u0301")).toBe(4);
    expect(lengthOf("🚲🚲")).toBe(2);
    // One ligature that stands for two letters.
    expect(lengthOf("\ufb01ne")).toBe(4);
  });

  it("is 15 at least, or 8 beside a second factor", () => {
    expect(codeOf("fourteen chars", MIN_LENGTH.alone)).toBe("password-too-short");
    expect(codeOf("fifteen letters", MIN_LENGTH.alone)).toBeUndefined();
    expect(codeOf("7 chars")).toBe("password-too-short");
    expect(codeOf("8 chars!")).toBeUndefined();
    // Half of its 16 characters are marks that belong to the others.
    expect(codeOf("e\u0301".repeat(3) + "o\u0308".repeat(4), 8)).toBe("password-too-short");
  });
});

describe("a password that is refused as common", () => {
  it.each([
    ["is on the list", "password"],
    ["is on the list in capitals", "PassWord"],
    ["is on the list, set apart", "I love cheese!"],
    ["is on the list in full width", "ｐａｓｓｗｏｒｄ"],
    ["has digits added", "Dragon123456789"],
    ["has digits around it", "2024 dragon 2025"],
    ["is repeated", "dragondragondragon"],
    ["is repeated with digits around", "1dragondragon2"],
    ["is one letter", "aaaaaaaaaaaaaaaaaaaa"],
    ["is one sign", "!!!!!!!!!!!!!!!!"],
    ["repeats a few characters", "a1! a1! a1! a1! "],
    ["counts", "123456789012345"],
    ["counts down", "98765432109876543"],
    ["is the alphabet", "abcdefghijklmnop"],
    ["is a row of keys", "qwertyuiopasdfg"],
    ["is a row of keys from the right", "poiuytrewq"],
    ["is the product's name", "cordboard-2026!"],
    ["is the organisation's name", "Canal Bikes 2026"],
    ["is the organisation's short name twice", "canal_canal_2026"],
    ["is one's own name", "Ana María Núñez"],
    ["is one's own address", "ana.nunez@canalbikes.example"],
    ["is made of several names", "MaríaCordboardCanal"],
  ])("%s", (_, password) => expect(codeOf(password)).toBe("password-too-common"));

  it.each([
    "correct horse battery",
    "my dragon eats password managers",
    "bikes on the canal at night",
    "ана каждое утро поёт",
    "毎朝自転車で運河を渡る",
    "1 horse, 2 carts, 3 hay",
    "nothing but lower case letters",
  ])("is not %s", (password) => expect(codeOf(password)).toBeUndefined());
});
