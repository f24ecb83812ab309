import { queryOptions, useQuery } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import { sessionStore } from "@/api/session-store";

export type SessionState = components["schemas"]["SessionState"];
export type OwnAccount = components["schemas"]["OwnAccount"];
export type Verb = components["schemas"]["Verb"];

/** Who is signed in; a problem with status 401 where nobody is. */
export const sessionQuery = queryOptions({
  queryKey: [keys.session],
  queryFn: async () => {
    const state = await answer(api.GET("/api/v1/session"));
    sessionStore.setCsrfToken(state.csrf_token);
    return state;
  },
  staleTime: 5 * 60_000,
});

/** The own account: name, permissions, and what is still to be done. */
export const meQuery = queryOptions({
  queryKey: [keys.me],
  queryFn: () => answer(api.GET("/api/v1/me")),
  staleTime: 5 * 60_000,
});

export const organisationQuery = queryOptions({
  queryKey: [keys.organisation],
  queryFn: () => answer(api.GET("/api/v1/organisation")),
  staleTime: 5 * 60_000,
});

/** The own account; undefined while it loads. */
export function useMe(): OwnAccount | undefined {
  return useQuery(meQuery).data;
}

/** Where a verb is wanted: a task, an entity, or (left out) the appliance. */
export interface Place {
  taskId?: string;
  entityId?: string;
}

/** Whether the person may do this, there. The server decides; this only spares useless buttons. */
export function useCan(verb: Verb, place: Place = {}): boolean {
  const me = useMe();
  return me !== undefined && mayDo(me, verb, place);
}

export function mayDo(me: OwnAccount, verb: Verb, place: Place = {}): boolean {
  if (!me.verbs.includes(verb)) {
    return false;
  }
  const reach = me.user.reach;
  if (reach.everywhere || (place.taskId === undefined && place.entityId === undefined)) {
    return true;
  }
  const inTask = place.taskId !== undefined && reach.tasks.includes(place.taskId);
  const isEntity = place.entityId !== undefined && reach.entities.includes(place.entityId);
  return inTask || isEntity;
}
