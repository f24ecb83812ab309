import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/roots";

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/features/settings/SettingsPage"), "SettingsPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/account",
  component: lazyRouteComponent(() => import("@/features/settings/AccountPage"), "AccountPage"),
});

export const settingsRoutes = [settingsRoute, accountRoute] as const;
