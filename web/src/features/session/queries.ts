import { useQueryClient } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { type SessionState, sessionQuery } from "@/api/me";
import type { components } from "@/api/schema";
import { sessionStore } from "@/api/session-store";

export type Credentials = components["schemas"]["Credentials"] & Record<string, string>;

/** Signs in; what another person had loaded in this tab is forgotten. */
export function useSignIn(): (given: Credentials) => Promise<void> {
  const queries = useQueryClient();
  return async (given) => {
    const state = await answer(api.POST("/api/v1/session", { body: given }));
    queries.clear();
    sessionStore.setCsrfToken(state.csrf_token);
    queries.setQueryData(sessionQuery.queryKey, state);
  };
}

/** Signs in on a page that stays as it is; who it was is told. */
export function useSignInAgain(): (given: Credentials) => Promise<SessionState> {
  const queries = useQueryClient();
  return async (given) => {
    const state = await answer(api.POST("/api/v1/session", { body: given }));
    sessionStore.setCsrfToken(state.csrf_token);
    queries.setQueryData(sessionQuery.queryKey, state);
    return state;
  };
}

/** Enters the password again for what needs that; the session gets another cookie and token. */
export function useProveAgain(): (given: { password: string; code: string }) => Promise<void> {
  const queries = useQueryClient();
  return async (given) => {
    const state = await answer(api.POST("/api/v1/session/proof", { body: given }));
    sessionStore.setCsrfToken(state.csrf_token);
    queries.setQueryData(sessionQuery.queryKey, state);
  };
}
