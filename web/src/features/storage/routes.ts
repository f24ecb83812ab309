import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/roots";

const storageRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/storage",
  component: lazyRouteComponent(() => import("@/features/storage/StoragePage"), "StoragePage"),
});

export const storageRoutes = [storageRoute] as const;
