import { useMemo } from "react";
import { type ListRow, rowOfDeleted, rowOfItem } from "@/features/recovery/list/rows";
import type { DeletedItem, Item } from "@/features/recovery/queries";

interface FolderPage {
  folder: { point_id: string };
  items: readonly Item[];
}

/**
 * The lines of a folder: what is there, and behind it, as soon as all of that is loaded, those of
 * `gone` whose names match. The same lines as before where nothing has changed.
 */
export function useRows(
  pages: readonly FolderPage[] | undefined,
  hasMore: boolean,
  gone: readonly DeletedItem[] | null,
  q: string,
): readonly ListRow[] {
  const live = useMemo(
    () =>
      (pages ?? []).flatMap((page) =>
        page.items.map((item) => rowOfItem(item, page.folder.point_id)),
      ),
    [pages],
  );
  return useMemo(() => {
    if (hasMore || gone === null) {
      return live;
    }
    const wanted = q.toLocaleLowerCase();
    const matches = (row: ListRow) => row.name.toLocaleLowerCase().includes(wanted);
    return [...live, ...gone.map(rowOfDeleted).filter(matches)];
  }, [live, hasMore, gone, q]);
}
