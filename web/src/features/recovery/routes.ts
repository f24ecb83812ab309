import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/roots";

const recoveryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/recovery",
  component: lazyRouteComponent(() => import("@/features/recovery/RecoveryPage"), "RecoveryPage"),
});

export const recoveryRoutes = [recoveryRoute] as const;
