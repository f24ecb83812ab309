import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { plainRoute } from "@/app/roots";

export interface SignInSearch {
  /** The page to go to afterwards. */
  next?: string;
  /** The session ended while somebody was at work. */
  ended?: boolean;
}

const signInRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/sign-in",
  validateSearch: (given: Record<string, unknown>): SignInSearch => ({
    ...ownPage(given.next),
    ...(given.ended === true ? { ended: true } : {}),
  }),
  component: lazyRouteComponent(() => import("@/features/session/SignInPage"), "SignInPage"),
});

/** What has to be done before anything else: a new password, a second factor. */
const finishRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/finish-sign-in",
  validateSearch: (given: Record<string, unknown>): { next?: string } => ownPage(given.next),
  component: lazyRouteComponent(
    () => import("@/features/session/FinishSignInPage"),
    "FinishSignInPage",
  ),
});

export const sessionRoutes = [signInRoute, finishRoute] as const;

/** Only pages of this console: an address elsewhere would send people to strangers. */
function ownPage(next: unknown): { next?: string } {
  const isOwn = typeof next === "string" && /^\/(?![/\\])/.test(next);
  return isOwn ? { next } : {};
}
