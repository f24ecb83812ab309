import { createRoute } from "@tanstack/react-router";
import { page } from "@/app/page";
import { plainRoute } from "@/app/roots";

export interface SignInSearch {
  /** The page to go to afterwards. */
  next?: string;
}

const signInRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/sign-in",
  validateSearch: (given: Record<string, unknown>): SignInSearch => ownPage(given.next),
  component: page("session", () => import("@/features/session/SignInPage"), "SignInPage"),
});

/** What has to be done before anything else: a new password, a second factor. */
const finishRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/finish-sign-in",
  validateSearch: (given: Record<string, unknown>): { next?: string } => ownPage(given.next),
  component: page(
    "session",
    () => import("@/features/session/FinishSignInPage"),
    "FinishSignInPage",
  ),
});

const forgotRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/forgot-password",
  component: page(
    "session",
    () => import("@/features/session/ForgotPasswordPage"),
    "ForgotPasswordPage",
  ),
});

const registerRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/register",
  component: page("session", () => import("@/features/session/RegisterPage"), "RegisterPage"),
});

// Where links in mails lead; what they open stands behind the #.
const acceptRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/accept-invitation",
  component: page(
    "session",
    () => import("@/features/session/AcceptInvitationPage"),
    "AcceptInvitationPage",
  ),
});

const resetRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/reset-password",
  component: page(
    "session",
    () => import("@/features/session/ResetPasswordPage"),
    "ResetPasswordPage",
  ),
});

const confirmEmailRoute = createRoute({
  getParentRoute: () => plainRoute,
  path: "/confirm-email",
  component: page(
    "session",
    () => import("@/features/session/ConfirmEmailPage"),
    "ConfirmEmailPage",
  ),
});

export const sessionRoutes = [
  signInRoute,
  finishRoute,
  forgotRoute,
  registerRoute,
  acceptRoute,
  resetRoute,
  confirmEmailRoute,
] as const;

/** Only pages of this console: an address elsewhere would send people to strangers. */
function ownPage(next: unknown): { next?: string } {
  const isOwn = typeof next === "string" && /^\/(?![/\\])/.test(next);
  return isOwn ? { next } : {};
}
