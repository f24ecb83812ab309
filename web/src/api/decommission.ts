import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type Decommission = components["schemas"]["DecommissionView"];

/** Whether the appliance is being taken out of service; events tell when that changes. */
export const decommissionQuery = queryOptions({
  queryKey: [keys.appliance, "decommission"],
  queryFn: () => answer(api.GET("/api/v1/appliance/decommission")),
  staleTime: 5 * 60_000,
});

/** Ask for it, approve it as the second administrator, or keep the appliance after all. */
export function useDecommission() {
  const queries = useQueryClient();
  const onSuccess = (view: Decommission) => queries.setQueryData(decommissionQuery.queryKey, view);
  return {
    request: useMutation({
      mutationFn: (approval: string) =>
        answer(api.POST("/api/v1/appliance/decommission", { body: { approval } })),
      onSuccess,
    }),
    approve: useMutation({
      mutationFn: () => answer(api.POST("/api/v1/appliance/decommission/approve")),
      onSuccess,
    }),
    reactivate: useMutation({
      mutationFn: () => answer(api.POST("/api/v1/appliance/decommission/reactivate")),
      onSuccess,
    }),
  };
}
