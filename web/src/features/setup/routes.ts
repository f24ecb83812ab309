import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { plainRoute } from "@/app/roots";

const setupRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("@/features/setup/SetupPage"), "SetupPage"),
});

export const setupRoutes = [setupRoute] as const;
