import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { type EntitySearch, readEntity } from "@/features/recovery/search";

const ROUTE = "/shell/recovery-frame/recovery/$taskId/$entityId";

/** Words of the address to change; undefined takes one out. */
export type Change = { [Name in keyof EntitySearch]?: EntitySearch[Name] | undefined };

/** Where the entity page stands: all of it is in the address, so reload and back work. */
export function useEntityPlace() {
  const { taskId, entityId } = useParams({ from: ROUTE });
  const search = useSearch({ from: ROUTE });
  const navigate = useNavigate({ from: "/recovery/$taskId/$entityId" });
  const go = useCallback(
    (change: Change, isStep = true) =>
      void navigate({
        search: (before) => readEntity({ ...before, ...change }),
        replace: !isStep,
        resetScroll: false,
      }),
    [navigate],
  );
  return { taskId, entityId, search, at: search.at ?? "latest", path: search.path ?? "", go };
}
