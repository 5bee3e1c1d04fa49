import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { isView, type View } from "../inbox/views.ts";
import { session } from "../session/session.ts";
import { LostPage, PageFault } from "./Fault.tsx";

const root = createRootRoute({ component: Outlet, notFoundComponent: LostPage, errorComponent: PageFault });

/** Where to go on after sign-in; only a path of ours, never another site. */
function onward(value: unknown): { to?: string } {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) ? { to: value } : {};
}

const outside = createRoute({
  getParentRoute: () => root,
  id: "outside",
  validateSearch: (search: Record<string, unknown>) => onward(search.to),
  beforeLoad: ({ search }) => {
    if (session.get().phase === "signed-in") throw redirect({ href: search.to ?? "/inbox", replace: true });
  },
});

const signIn = createRoute({
  getParentRoute: () => outside,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("../session/SignIn.tsx"), "SignIn"),
});

const signUp = createRoute({
  getParentRoute: () => outside,
  path: "/sign-up",
  component: lazyRouteComponent(() => import("../session/SignUp.tsx"), "SignUp"),
});

const desk = createRoute({
  getParentRoute: () => root,
  id: "desk",
  beforeLoad: ({ location }) => {
    if (session.get().phase === "signed-in") return;
    const search = location.pathname === "/" ? {} : { to: location.href };
    throw redirect({ to: "/sign-in", search, replace: true });
  },
  component: lazyRouteComponent(() => import("./Frame.tsx"), "Frame"),
});

const home = createRoute({
  getParentRoute: () => desk,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox", replace: true });
  },
});

const inbox = createRoute({
  getParentRoute: () => desk,
  path: "/inbox",
  validateSearch: (search: Record<string, unknown>): { view?: View } =>
    isView(search.view) ? { view: search.view } : {},
  component: lazyRouteComponent(() => import("../inbox/InboxPage.tsx"), "InboxPage"),
});

/** The list stays where it is: the page itself reads which conversation is open. */
const conversation = createRoute({ getParentRoute: () => inbox, path: "$conversationId" });

const contacts = createRoute({
  getParentRoute: () => desk,
  path: "/contacts",
  component: lazyRouteComponent(() => import("../contacts/ContactsPage.tsx"), "ContactsPage"),
});

const contact = createRoute({ getParentRoute: () => contacts, path: "$contactId" });

const settings = createRoute({
  getParentRoute: () => desk,
  path: "/settings",
  component: lazyRouteComponent(() => import("../settings/SettingsPage.tsx"), "SettingsPage"),
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/whatsapp", replace: true });
  },
});

const whatsapp = createRoute({
  getParentRoute: () => settings,
  path: "whatsapp",
  component: lazyRouteComponent(() => import("../settings/WhatsAppNumbers.tsx"), "WhatsAppNumbers"),
});

const whatsappNumber = createRoute({
  getParentRoute: () => settings,
  path: "whatsapp/$id",
  component: lazyRouteComponent(() => import("../settings/WhatsAppNumber.tsx"), "WhatsAppNumber"),
});

const people = createRoute({
  getParentRoute: () => settings,
  path: "people",
  component: lazyRouteComponent(() => import("../settings/People.tsx"), "People"),
});

const person = createRoute({
  getParentRoute: () => settings,
  path: "people/$id",
  component: lazyRouteComponent(() => import("../settings/Person.tsx"), "Person"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    outside.addChildren([signIn, signUp]),
    desk.addChildren([
      home,
      inbox.addChildren([conversation]),
      contacts.addChildren([contact]),
      settings.addChildren([settingsHome, whatsapp, whatsappNumber, people, person]),
    ]),
  ]),
  defaultPreload: "intent",
  defaultErrorComponent: PageFault,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
