import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/roots";
import { readStorageSearch } from "@/features/storage/search";

const storagesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/storage",
  component: lazyRouteComponent(() => import("@/features/storage/StoragesPage"), "StoragesPage"),
});

const storageRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/storage/$storageId",
  validateSearch: readStorageSearch,
  component: lazyRouteComponent(() => import("@/features/storage/StoragePage"), "StoragePage"),
});

export const storageRoutes = [storagesRoute, storageRoute] as const;
