import { FolderCrumbs } from "@/features/recovery/entity/FolderCrumbs";
import { useEntityPlace } from "@/features/recovery/entity/place";
import classes from "@/features/recovery/entity/TreeView.module.css";
import { FolderList } from "@/features/recovery/list/FolderList";
import type { PointWithNeighbours } from "@/features/recovery/queries";
import { FolderTree } from "@/features/recovery/tree/FolderTree";

/** What lay where at a restore point: the folders at the left, one of them at the right. */
export function TreeView({ point }: { point: PointWithNeighbours }) {
  const { path } = useEntityPlace();
  return (
    <div className={classes.panes}>
      <div className={classes.tree}>
        <FolderTree point={point} />
      </div>
      <div>
        <FolderCrumbs point={point} />
        <FolderList key={path} point={point} />
      </div>
    </div>
  );
}
