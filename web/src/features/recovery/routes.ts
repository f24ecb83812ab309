import { createRoute } from "@tanstack/react-router";
import { page } from "@/app/page";
import { plainRoute, shellRoute } from "@/app/roots";
import { prefetchEntity } from "@/features/recovery/entity/prefetch";
import { folderViewOf, readEntity, readRestore, readStart } from "@/features/recovery/search";

/** What all pages of recovery share: the basket at the bottom. */
const frameRoute = createRoute({
  getParentRoute: () => shellRoute,
  id: "recovery-frame",
  component: page("recovery", () => import("@/features/recovery/RecoveryFrame"), "RecoveryFrame"),
});

const startRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/recovery",
  validateSearch: readStart,
  component: page("recovery", () => import("@/features/recovery/start/StartPage"), "StartPage"),
});

const entityRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/recovery/$taskId/$entityId",
  validateSearch: readEntity,
  loaderDeps: ({ search }) => ({ at: search.at ?? "latest", view: folderViewOf(search) }),
  // Asked for as soon as somebody points at a link, so that the page opens at once.
  loader: ({ context, params, deps }) => {
    void prefetchEntity(context.queryClient, params.entityId, deps.at, deps.view);
  },
  component: page("recovery", () => import("@/features/recovery/entity/EntityPage"), "EntityPage"),
});

const restoreRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/recovery/restore",
  validateSearch: readRestore,
  component: page(
    "recovery",
    () => import("@/features/recovery/restore/RestorePage"),
    "RestorePage",
  ),
});

const downloadRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/recovery/download",
  component: page(
    "recovery",
    () => import("@/features/recovery/download/DownloadPage"),
    "DownloadPage",
  ),
});

const downloadsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/recovery/downloads",
  component: page(
    "recovery",
    () => import("@/features/recovery/download/DownloadsPage"),
    "DownloadsPage",
  ),
});

/** Where the link of a download leads; the secret stands behind `#`. */
const landingRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/download",
  component: page(
    "recovery",
    () => import("@/features/recovery/download/LandingPage"),
    "LandingPage",
  ),
});

export const recoveryRoutes = [
  frameRoute.addChildren([startRoute, entityRoute, restoreRoute, downloadRoute, downloadsRoute]),
] as const;
export const downloadLinkRoutes = [landingRoute] as const;
