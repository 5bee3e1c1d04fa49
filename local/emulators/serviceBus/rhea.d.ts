/** What rhea has, and its own declarations leave out. */
import type { AmqpError, SenderOptions } from "rhea";

interface Outcome {
  described(): unknown;
}

declare module "rhea/typings/connection" {
  interface SenderOptions {
    /** Default true: a `modified` outcome is told of as `released`, too. */
    treat_modified_as_released?: boolean;
  }
}

declare module "rhea/typings/session" {
  interface Session {
    create_sender(name: string, options?: SenderOptions): Sender;
  }
}

declare module "rhea/typings/link" {
  interface link {
    /** The attach frame that `attach()` sends. */
    readonly local: { readonly attach: { properties?: object; snd_settle_mode?: number } };
  }
  interface Sender {
    /** Deliveries allowed beyond `delivery_count`; goes down as they are written, not as they are handed to `send`. */
    credit: number;
    delivery_count: number;
    /** Asked as a flow frame is written: whether it says that the credit was drained. */
    _get_drain(): boolean;
  }
}

declare module "rhea/typings/message" {
  interface message {
    accepted(): Outcome;
    released(): Outcome;
    rejected(fields: { error: AmqpError }): Outcome;
  }
}
