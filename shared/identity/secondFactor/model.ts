import { z } from "zod";

/** What the first factor is answered with where a second is due. `challengeToken` is good for 5 minutes and for one sign-in. */
export const Challenge = z.discriminatedUnion("challenge", [
  z.object({
    challenge: z.literal("second-factor"),
    challengeToken: z.string(),
    methods: z.array(z.enum(["totp", "recovery-code"])),
  }),
  /** The organisation asks for a second factor and the user has none: this one is theirs once a code of it was shown. */
  z.object({
    challenge: z.literal("second-factor-enrolment"),
    challengeToken: z.string(),
    /** Base32. */
    secret: z.string(),
    otpauthUri: z.string(),
  }),
]);
export type Challenge = z.infer<typeof Challenge>;
