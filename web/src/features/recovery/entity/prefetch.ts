import type { QueryClient } from "@tanstack/react-query";
import { entityQuery, type FolderView, folderPages, pointQuery } from "@/features/recovery/queries";

/** Asks for what an entity's page shows first. Whatever goes wrong is told by the page itself. */
export async function prefetchEntity(
  client: QueryClient,
  entityId: string,
  at: string,
  view: FolderView,
): Promise<void> {
  void client.prefetchQuery(entityQuery(entityId));
  await client.prefetchQuery(pointQuery(entityId, at));
  const point = client.getQueryData(pointQuery(entityId, at).queryKey);
  if (point !== undefined) {
    await client.prefetchInfiniteQuery(folderPages(entityId, point.id, view));
  }
}
