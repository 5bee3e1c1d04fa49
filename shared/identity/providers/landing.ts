import type { Entered } from "../enter.ts";
import type { Challenge } from "../secondFactor/model.ts";
import type { SignInFailure } from "./failures.ts";

/** What became of somebody who came back from a provider. `returnTo`: the desk's page to go on with. */
export type Landing =
  | { readonly outcome: Entered | Challenge; readonly returnTo: string | undefined }
  | { readonly failure: SignInFailure };
