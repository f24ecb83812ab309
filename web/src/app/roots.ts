import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, Outlet } from "@tanstack/react-router";
import { requireSession } from "@/app/guard";
import { NotFoundPage } from "@/app/NotFoundPage";
import { page } from "@/app/page";
import { RouteError } from "@/app/RouteError";

/** The three routes that all others hang below; features import these, never the router. */
export const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: RouteError,
});

/** Pages with the rail, for people who are signed in. */
export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  beforeLoad: ({ context, location }) => requireSession(context.queryClient, location.href),
  component: page(["jobs"], () => import("@/app/Shell"), "Shell"),
});

/** Pages without the rail: sign-in, links from mails, the set-up. */
export const plainRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "plain",
  component: page([], () => import("@/app/PlainFrame"), "PlainFrame"),
});
