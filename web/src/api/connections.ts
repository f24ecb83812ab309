import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type Connection = components["schemas"]["ConnectionView"];

/** The connected Dropbox teams. */
export const connectionsQuery = queryOptions({
  queryKey: [keys.connections, "list"],
  queryFn: async () => (await answer(api.GET("/api/v1/connections"))).items,
});

/** Where Dropbox would send the browser back to: to be registered in its app console. */
export const redirectAddressQuery = queryOptions({
  queryKey: [keys.connections, "redirect-address"],
  queryFn: () => answer(api.GET("/api/v1/connections/redirect-address")),
});
