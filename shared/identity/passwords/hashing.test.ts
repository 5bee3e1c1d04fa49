import { describe, expect, it } from "vitest";
import { Passwords } from "./hashing.ts";

const CHEAP = { memory: 32, passes: 1, parallelism: 1 };

describe("passwords", () => {
  it("are kept as PHC strings at the cost that is asked for, salted", async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash("correct horse battery");
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await passwords.hash("correct horse battery")).not.toBe(hash);
    expect(await passwords.verify("correct horse battery", hash)).toBe(true);
    expect(await passwords.verify("correct horse batterY", hash)).toBe(false);
  });

  it("fit what other implementations of argon2id made", async () => {
    // From the argon2 reference implementation's own tests: argon2id, v=19, t=2, m=65536, p=1, "password", "somesalt".
    const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    expect(await new Passwords().verify("password", reference)).toBe(true);
  });

  it("are the same however a keyboard composes them", async () => {
    const passwords = new Passwords(CHEAP);
    expect(await passwords.verify("cafe\u0301 au lait", await passwords.hash("caf\u00e9 au lait"))).toBe(true);
  });

  it("never fit where there is no hash, and cost the same to try", async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash("correct horse battery");
    const time = async (against: string | undefined) => {
      const started = process.hrtime.bigint();
      expect(await passwords.verify("wrong horse battery", against)).toBe(false);
      return Number(process.hrtime.bigint() - started) / 1e6;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < 7; i++) {
      known.push(await time(hash));
      unknown.push(await time(undefined));
    }
    // A hash takes 20 ms and more; the fastest of several differ by far less, unless one of them was left out.
    expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 3);
  });

  it("are weak below today's cost only", async () => {
    const strong = new Passwords({ memory: 64, passes: 2, parallelism: 1 });
    expect(strong.isWeak(await new Passwords(CHEAP).hash("x"))).toBe(true);
    expect(strong.isWeak(await strong.hash("x"))).toBe(false);
  });

  it("wait in line, and are put off when the line is full", async () => {
    const passwords = new Passwords(CHEAP);
    const tries = await Promise.allSettled(Array.from({ length: 60 }, () => passwords.hash("x")));
    const refused = tries.filter((each) => each.status === "rejected");
    expect(refused).toHaveLength(8);
    expect(refused[0]?.reason).toMatchObject({ code: "unavailable", retryAfter: 2 });
    expect(await passwords.hash("x")).toBeDefined();
  });
});
