import { Button, FluentProvider, makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect } from "react";
import { session, startSession } from "../session/session.ts";
import { useStore } from "../ui/store.ts";
import { queryClient } from "./queryClient.ts";
import { router } from "./router.tsx";
import { useTheme } from "./themeMode.ts";

const useStyles = makeStyles({
  // On a box of its own: Fluent gives the provider's class to every portal too.
  page: { height: "100%", backgroundColor: tokens.colorNeutralBackground3 },
  middle: {
    height: "100%",
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    justifyContent: "center",
    gap: tokens.spacingVerticalL,
    padding: tokens.spacingHorizontalXXL,
    textAlign: "center",
  },
});

export function App() {
  const styles = useStyles();
  const { theme, dark } = useTheme();
  useEffect(() => {
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
  }, [dark]);
  return (
    <FluentProvider theme={theme}>
      <QueryClientProvider client={queryClient}>
        <div className={styles.page}>
          <Session />
        </div>
      </QueryClientProvider>
    </FluentProvider>
  );
}

/** The router waits until it is known who is there, so that no page flashes that is not theirs. */
function Session() {
  const styles = useStyles();
  const state = useStore(session);
  const { phase } = state;
  useEffect(() => {
    if (phase === "starting" || phase === "unreachable") return;
    if (phase === "signed-out") queryClient.clear();
    void router.invalidate();
  }, [phase]);

  if (state.phase === "starting") {
    return (
      <div className={styles.middle}>
        <Spinner size="small" delay={300} label="Opening Cordboard" />
      </div>
    );
  }
  if (state.phase === "unreachable") {
    return (
      <div className={styles.middle} role="alert">
        <Text size={500} weight="semibold">
          Cordboard cannot be reached
        </Text>
        <Text>{state.problem.message}</Text>
        <Button appearance="primary" onClick={() => void startSession()}>
          Try again
        </Button>
      </div>
    );
  }
  return <RouterProvider router={router} />;
}
