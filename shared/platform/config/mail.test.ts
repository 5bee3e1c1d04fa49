import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";
import { EMAIL_EMULATOR_KEY } from "./emulators.ts";
import { SettingsError } from "./settings.ts";

const LOCAL = {
  CORDBOARD_PLATFORM: "local",
  CORDBOARD_DATA: "/data",
  WHATSAPP_APP_SECRET: "app-secret-0123",
  WHATSAPP_VERIFY_TOKEN: "verify-token-0123",
};
const AZURE = {
  ...LOCAL,
  CORDBOARD_PLATFORM: "azure",
  PUBLIC_URL: "https://cordboard.example.com/",
  CORDBOARD_REGION: "westeurope",
  COSMOS_ENDPOINT: "https://acc.documents.azure.com:443/",
  SERVICEBUS__fullyQualifiedNamespace: "ns.servicebus.windows.net",
  STORAGE__blobServiceUri: "https://acc.blob.core.windows.net",
  WEBPUBSUB_ENDPOINT: "https://desk.webpubsub.azure.com",
  KEYVAULT_URI: "https://vault.vault.azure.net/",
};
const FROM = { MAIL_FROM: "Cordboard <no-reply@example.com>" };
const SMTP_URL = "smtps://user:p%40ss@smtp.example.com:465";
const EMAIL_ENDPOINT = "https://mail.communication.azure.com/";

const mailOf = (settings: Record<string, string>) => readConfig(settings).mail;

function problemsOf(settings: Record<string, string>): readonly string[] {
  try {
    readConfig(settings);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  throw new Error("The settings were accepted");
}

describe("mail's settings", () => {
  it("keep mail in a folder on one machine, and switch it off on Azure, where they say nothing", () => {
    expect(mailOf(LOCAL)).toMatchObject({ by: "folder", folder: "/data/mail" });
    expect(mailOf(AZURE)).toEqual({ by: "off" });
    expect(mailOf({ ...AZURE, ...FROM })).toEqual({ by: "off" });
  });

  it.each([LOCAL, AZURE])("send it by a mail server, or by Communication Services, in both editions", (edition) => {
    const from = { name: "Cordboard", address: "no-reply@example.com" };
    expect(mailOf({ ...edition, ...FROM, SMTP_URL })).toEqual({ by: "smtp", url: SMTP_URL, from });
    expect(mailOf({ ...edition, ...FROM, EMAIL_ENDPOINT })).toEqual({
      by: "communication-services",
      service: { at: "azure", endpoint: "https://mail.communication.azure.com" },
      from,
    });
  });

  it("send it to an emulator on this machine, from anybody", () => {
    expect(mailOf({ ...AZURE, EMAIL_ENDPOINT: "http://localhost:7074" })).toMatchObject({
      by: "communication-services",
      service: { at: "emulator", endpoint: "http://localhost:7074", key: EMAIL_EMULATOR_KEY },
    });
  });

  it.each([
    ["no-reply@example.com", { name: undefined, address: "no-reply@example.com" }],
    [" Blue Bikes, Inc. <a.b+c@mail.example.com> ", { name: "Blue Bikes, Inc.", address: "a.b+c@mail.example.com" }],
  ])("take %j as who it is from", (text, from) => {
    expect(mailOf({ ...AZURE, SMTP_URL, MAIL_FROM: text })).toMatchObject({ from });
  });

  it.each([
    "Cordboard",
    "<>",
    "Cordboard <no-reply>",
    "a@example.com, b@example.com",
    "A <a@example.com> B <b@example.com>",
    "Cordboard\r\nBcc: x@example.com <a@example.com>",
    '"Cordboard" <a@example.com>',
  ])("refuse %j as who it is from", (text) => {
    expect(problemsOf({ ...AZURE, SMTP_URL, MAIL_FROM: text })).toEqual([
      "MAIL_FROM is wrong; it should be an address, alone or as Cordboard <no-reply@example.com>",
    ]);
  });

  it.each(["smtp.example.com", "https://smtp.example.com", "smtps://", "mailto:a@example.com"])(
    "refuse %j as a mail server",
    (url) => {
      expect(problemsOf({ ...AZURE, ...FROM, SMTP_URL: url })).toEqual([
        expect.stringMatching(/^SMTP_URL is wrong; it should be a mail server's address, e\.g\. smtps:/),
      ]);
    },
  );

  it("name what is missing or too much, and repeat no password", () => {
    expect(problemsOf({ ...AZURE, SMTP_URL })).toEqual([expect.stringMatching(/^MAIL_FROM is missing; it should be/)]);
    expect(problemsOf({ ...AZURE, EMAIL_ENDPOINT })).toEqual([expect.stringMatching(/^MAIL_FROM is missing/)]);
    const both = problemsOf({ ...AZURE, ...FROM, SMTP_URL, EMAIL_ENDPOINT });
    expect(both).toEqual([expect.stringMatching(/^SMTP_URL is wrong; it should be left out where EMAIL_ENDPOINT is/)]);
    expect(both.join()).not.toContain("p%40ss");
  });
});
