import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { type RestoreSearch, readRestore } from "@/features/recovery/search";

export type RestoreChange = { [Name in keyof RestoreSearch]?: RestoreSearch[Name] | undefined };

/** What has been chosen so far; it is in the address, so a reload loses nothing. */
export function useRestorePlace() {
  const search = useSearch({ from: "/shell/recovery-frame/recovery/restore" });
  const navigate = useNavigate({ from: "/recovery/restore" });
  const choose = useCallback(
    (change: RestoreChange) =>
      void navigate({
        search: (before) => readRestore({ ...before, ...change }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
  return { search, choose };
}
