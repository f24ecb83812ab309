import { createRoute } from "@tanstack/react-router";
import { page } from "@/app/page";
import { shellRoute } from "@/app/roots";
import { readStorageSearch } from "@/features/storage/search";

const storagesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/storage",
  component: page("storage", () => import("@/features/storage/StoragesPage"), "StoragesPage"),
});

const storageRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/storage/$storageId",
  validateSearch: readStorageSearch,
  component: page("storage", () => import("@/features/storage/StoragePage"), "StoragePage"),
});

export const storageRoutes = [storagesRoute, storageRoute] as const;
