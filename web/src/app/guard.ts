import type { QueryClient } from "@tanstack/react-query";
import { redirect } from "@tanstack/react-router";
import { answer, api } from "@/api/client";
import { meQuery, sessionQuery } from "@/api/me";
import { ApiProblem } from "@/api/problem";

/**
 * Before a page of the shell is shown: somebody is signed in, and has done what they must do first.
 * Throws the redirect otherwise.
 */
export async function requireSession(queries: QueryClient, wanted: string): Promise<void> {
  const whoever = queries.ensureQueryData(meQuery); // at the same time: they do not need each other
  whoever.catch(() => undefined); // where nobody is signed in, the session says so
  try {
    await queries.ensureQueryData(sessionQuery);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) {
      throw await wayIn(wanted);
    }
    throw error;
  }
  const me = await whoever;
  if (me.restriction !== "") {
    throw redirect({ to: "/finish-sign-in", search: { next: wanted } });
  }
}

async function wayIn(wanted: string) {
  const setup = await answer(api.GET("/api/v1/setup"));
  return setup.is_open
    ? redirect({ to: "/setup" })
    : redirect({ to: "/sign-in", search: wanted === "/" ? {} : { next: wanted } });
}
