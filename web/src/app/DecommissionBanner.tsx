import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { decommissionQuery } from "@/api/decommission";

const SHOWN = ["awaiting_approval", "counting", "erasing", "done"] as const;
export type ShownState = (typeof SHOWN)[number];

// Hardly anybody ever sees it.
const DecommissionAlert = lazy(async () => ({
  default: (await import("@/app/DecommissionAlert")).DecommissionAlert,
}));

/** On every page of an appliance that is taken out of service. */
export function DecommissionBanner() {
  const view = useQuery(decommissionQuery).data;
  const state = SHOWN.find((one) => one === view?.state);
  if (view === undefined || state === undefined) {
    return null;
  }
  return (
    <Suspense>
      <DecommissionAlert view={view} state={state} />
    </Suspense>
  );
}
