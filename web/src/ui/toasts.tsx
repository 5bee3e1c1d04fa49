import { Toast, ToastBody, ToastTitle, useToastController } from "@fluentui/react-components";
import { useMemo } from "react";
import { wordsOf } from "../api/problem.ts";

export const TOASTER_ID = "cordboard";

/** Short words in the corner: for what failed away from any form, and for what was done out of sight. */
export function useToasts(): { failed(title: string, error: unknown): void; done(title: string): void } {
  const { dispatchToast } = useToastController(TOASTER_ID);
  return useMemo(
    () => ({
      failed: (title, error) =>
        dispatchToast(
          <Toast>
            <ToastTitle>{title}</ToastTitle>
            <ToastBody>{wordsOf(error)}</ToastBody>
          </Toast>,
          { intent: "error", timeout: 8_000 },
        ),
      done: (title) =>
        dispatchToast(
          <Toast>
            <ToastTitle>{title}</ToastTitle>
          </Toast>,
          { intent: "success", timeout: 3_000 },
        ),
    }),
    [dispatchToast],
  );
}
