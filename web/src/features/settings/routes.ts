import { createRoute, redirect } from "@tanstack/react-router";
import { meQuery } from "@/api/me";
import { page } from "@/app/page";
import { shellRoute } from "@/app/roots";
import { firstSection } from "@/features/settings/sections";

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  component: page("settings", () => import("@/features/settings/SettingsFrame"), "SettingsFrame"),
});

const indexRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/",
  beforeLoad: async ({ context }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    throw redirect({ to: firstSection(me), replace: true });
  },
});

const accountRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/account",
  component: page(
    ["settings", "session"],
    () => import("@/features/settings/AccountPage"),
    "AccountPage",
  ),
});

const organisationRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/organisation",
  component: page(
    "settings",
    () => import("@/features/settings/OrganisationPage"),
    "OrganisationPage",
  ),
});

const usersRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/users",
  component: page("settings", () => import("@/features/settings/UsersPage"), "UsersPage"),
});

const securityRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/security",
  component: page("settings", () => import("@/features/settings/SecurityPage"), "SecurityPage"),
});

const mailRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/mail",
  component: page("settings", () => import("@/features/settings/MailPage"), "MailPage"),
});

const connectionsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/connections",
  component: page(
    ["settings", "setup"],
    () => import("@/features/settings/ConnectionsPage"),
    "ConnectionsPage",
  ),
});

/** Where mails about a lost connection lead. */
const connectionRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/connections/$connectionId",
  component: page(
    ["settings", "setup"],
    () => import("@/features/settings/ConnectionPage"),
    "ConnectionPage",
  ),
});

const defaultsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/defaults",
  component: page("settings", () => import("@/features/settings/DefaultsPage"), "DefaultsPage"),
});

const limitsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/limits",
  component: page("settings", () => import("@/features/settings/LimitsPage"), "LimitsPage"),
});

const tokensRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/tokens",
  component: page("settings", () => import("@/features/settings/TokensPage"), "TokensPage"),
});

const applianceRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/appliance",
  component: page("settings", () => import("@/features/settings/AppliancePage"), "AppliancePage"),
});

export const settingsRoutes = [
  settingsRoute.addChildren([
    indexRoute,
    accountRoute,
    organisationRoute,
    usersRoute,
    securityRoute,
    mailRoute,
    connectionsRoute,
    connectionRoute,
    defaultsRoute,
    limitsRoute,
    tokensRoute,
    applianceRoute,
  ]),
] as const;
