import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { meQuery } from "@/api/me";
import { shellRoute } from "@/app/roots";
import { firstSection } from "@/features/settings/sections";

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/features/settings/SettingsFrame"), "SettingsFrame"),
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
  component: lazyRouteComponent(() => import("@/features/settings/AccountPage"), "AccountPage"),
});

const organisationRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/organisation",
  component: lazyRouteComponent(
    () => import("@/features/settings/OrganisationPage"),
    "OrganisationPage",
  ),
});

const mailRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/mail",
  component: lazyRouteComponent(() => import("@/features/settings/MailPage"), "MailPage"),
});

const defaultsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/defaults",
  component: lazyRouteComponent(() => import("@/features/settings/DefaultsPage"), "DefaultsPage"),
});

const limitsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/limits",
  component: lazyRouteComponent(() => import("@/features/settings/LimitsPage"), "LimitsPage"),
});

export const settingsRoutes = [
  settingsRoute.addChildren([
    indexRoute,
    accountRoute,
    organisationRoute,
    mailRoute,
    defaultsRoute,
    limitsRoute,
  ]),
] as const;
