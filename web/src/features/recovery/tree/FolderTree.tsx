import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { foldersTo, parentOf } from "@/features/recovery/paths";
import {
  folderPages,
  type PointWithNeighbours,
  subfoldersQuery,
} from "@/features/recovery/queries";
import { folderViewOf } from "@/features/recovery/search";
import classes from "@/features/recovery/tree/FolderTree.module.css";
import { moveOf, visibleNodes } from "@/features/recovery/tree/nodes";
import { TreeItem } from "@/features/recovery/tree/TreeItem";

const NODE_PX = 32;
const NODES_BEYOND = 10;

/** The folders at a restore point as a tree; only what is seen is in the page. */
export function FolderTree({ point }: { point: PointWithNeighbours }) {
  const { t } = useTranslation("recovery");
  const { entityId, search, path, go } = useEntityPlace();
  const client = useQueryClient();
  const viewport = useRef<HTMLDivElement>(null);
  const { open, toggle } = useOpenFolders(path);
  const [focused, setFocused] = useState(path);
  const childrenOf = useChildren(entityId, point.id, open);
  const root = { path: "", name: t("tree.root"), folders: 1, is_mount: false };
  const nodes = visibleNodes(root, open, childrenOf);
  const virtual = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => NODE_PX,
    overscan: NODES_BEYOND,
    getItemKey: (place) => nodes[place]?.path ?? place,
  });
  const isShown = nodes.some((node) => node.path === focused);
  const active = isShown ? focused : path;
  const choose = (folder: string) => {
    setFocused(folder);
    go({ path: folder === "" ? undefined : folder, q: undefined, item: undefined });
  };
  const prefetch = (folder: string) =>
    void client.prefetchInfiniteQuery(
      folderPages(entityId, point.id, { ...folderViewOf(search), path: folder, q: "" }),
    );
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.ctrlKey || event.metaKey ? undefined : moveOf(event.key, nodes, active);
    if (move === undefined) {
      return;
    }
    event.preventDefault();
    if (move.kind === "choose") {
      choose(move.path);
    } else if (move.kind === "focus") {
      setFocused(move.path);
      prefetch(move.path);
      virtual.scrollToIndex(nodes.findIndex((node) => node.path === move.path));
    } else {
      toggle(move.path);
    }
  };
  return (
    <div
      ref={viewport}
      role="tree"
      aria-label={t("tree.label")}
      aria-activedescendant={nodeId(active)}
      tabIndex={0}
      className={classes.tree}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => {
          const node = nodes[item.index];
          return (
            node !== undefined && (
              <TreeItem
                key={item.key}
                id={nodeId(node.path)}
                node={node}
                top={item.start}
                isFocused={node.path === active}
                isChosen={node.path === path}
                onChoose={() => choose(node.path)}
                onToggle={() => toggle(node.path)}
                onPoint={() => prefetch(node.path)}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

const nodeId = (path: string): string => `folder-${encodeURIComponent(path)}`;

/** Which folders are open: those that lead to the one that is listed, and what people opened. */
function useOpenFolders(path: string) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const open = useMemo(() => {
    const found = new Set(["", ...foldersTo(parentOf(path))]);
    for (const [folder, isOpen] of toggled) {
      if (isOpen) {
        found.add(folder);
      } else {
        found.delete(folder);
      }
    }
    return found;
  }, [path, toggled]);
  const toggle = (folder: string) =>
    setToggled((before) => new Map(before).set(folder, !open.has(folder)));
  return { open, toggle };
}

/** The folders in every open folder, as far as they are loaded. */
function useChildren(entityId: string, pointId: string, open: ReadonlySet<string>) {
  const folders = [...open];
  const found = useQueries({
    queries: folders.map((folder) => subfoldersQuery(entityId, pointId, folder)),
  });
  return (path: string) => found[folders.indexOf(path)]?.data;
}
