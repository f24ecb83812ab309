import createClient from "openapi-fetch";
import { type ApiProblem, problemOf, unreachable } from "@/api/problem";
import type { paths } from "@/api/schema";
import { sessionStore } from "@/api/session-store";

const CSRF = "X-CSRF-Token";
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** Whoever has not begun to answer by then will not; without an end, a page would load for ever. */
const LONGEST_READ_MS = 60_000;
const SESSION = "/api/v1/session";

/**
 * The typed API. A call whose answer is an error throws an `ApiProblem`; where the password is
 * asked for once more, or the session has ended, a dialog opens and the same call is sent again.
 */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

/** The body of an answer: `const tasks = await answer(api.GET("/api/v1/tasks"))`. */
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await sendOnce(request);
  if (response.ok) {
    return response;
  }
  const problem = await problemOf(response);
  if (!(await isMended(problem, request))) {
    throw problem;
  }
  const second = await sendOnce(again);
  if (second.ok) {
    return second;
  }
  throw await problemOf(second);
}

/** Whoever signs in (or out) has no session that could have ended meanwhile. */
function isSignInOrOut(request: Request): boolean {
  return request.method !== "GET" && request.url.includes(SESSION);
}

async function sendOnce(request: Request): Promise<Response> {
  if (!SAFE.has(request.method)) {
    request.headers.set(CSRF, sessionStore.csrfToken());
  }
  const isRead = SAFE.has(request.method);
  try {
    const response = await (isRead
      ? fetch(request, {
          signal: AbortSignal.any([request.signal, AbortSignal.timeout(LONGEST_READ_MS)]),
        })
      : fetch(request));
    sessionStore.noteUse();
    return response;
  } catch (error) {
    if (request.signal.aborted) {
      throw error;
    }
    throw unreachable();
  }
}

/** True if the same call may succeed now. */
async function isMended(problem: ApiProblem, request: Request): Promise<boolean> {
  if (problem.code === "reauthentication_required") {
    return sessionStore.proof();
  }
  if (problem.code === "csrf_failed") {
    return refreshCsrfToken(); // another tab has renewed the session
  }
  if (problem.status === 401 && !isSignInOrOut(request)) {
    return sessionStore.signInAgain();
  }
  return false;
}

async function refreshCsrfToken(): Promise<boolean> {
  const response = await fetch(SESSION);
  if (!response.ok) {
    return false;
  }
  const state = (await response.json()) as { csrf_token: string };
  sessionStore.setCsrfToken(state.csrf_token);
  return true;
}
