import { Outlet, useRouterState } from "@tanstack/react-router";
import { BasketBar } from "@/features/recovery/basket/BasketBar";

const ITS_OWN_PAGES = new Set(["/recovery/restore", "/recovery/download"]);

/** The pages of recovery, and the basket that goes with them. */
export function RecoveryFrame() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <>
      <Outlet />
      {!ITS_OWN_PAGES.has(path) && <BasketBar />}
    </>
  );
}
