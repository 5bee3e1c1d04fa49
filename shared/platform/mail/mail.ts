import type { Clock } from "../clock.ts";
import type { MailConfig } from "../config/mail.ts";
import type { azureCredential } from "../credential.ts";
import { communicationServicesTransport } from "./communicationServices.ts";
import { folderTransport } from "./folder.ts";
import type { MailTransport } from "./port.ts";
import { smtpTransport } from "./smtp.ts";

interface Shared {
  readonly clock: Clock;
  readonly credential: typeof azureCredential;
}

/** The transport that is configured; undefined where mail is switched off. Reaches nothing yet. */
export function openMail(config: MailConfig, { clock, credential }: Shared): MailTransport | undefined {
  switch (config.by) {
    case "off":
      return undefined;
    case "folder":
      return folderTransport({ ...config, clock });
    case "smtp":
      return smtpTransport(config);
    case "communication-services":
      return communicationServicesTransport({ ...config.service, from: config.from, credential, clock });
  }
}
