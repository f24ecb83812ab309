import { router } from "@/app/router";

const PATIENCE_MS = 1_000;

/**
 * Loads the page of the address before anything is drawn, its code beside the question who is
 * signed in; so it appears whole, and at once. Where that takes long, the page says that it loads.
 */
export function firstPage(): Promise<unknown> {
  const loaded = router.load(); // first, so that its questions do not queue behind the code
  const [routes] = router.getMatchedRoutes(location.pathname);
  for (const route of routes) {
    router.loadRouteChunk(route)?.catch(() => undefined); // the page itself tells what went wrong
  }
  const patience = new Promise((resolve) => window.setTimeout(resolve, PATIENCE_MS));
  return Promise.race([loaded, patience]);
}
