import { IconChevronRight, IconFolderFilled, IconFolderSymlink } from "@tabler/icons-react";
import type { CSSProperties } from "react";
import classes from "@/features/recovery/tree/FolderTree.module.css";
import type { TreeNode } from "@/features/recovery/tree/nodes";

interface Props {
  id: string;
  node: TreeNode;
  /** Pixels from the tree's beginning. */
  top: number;
  isFocused: boolean;
  isChosen: boolean;
  onChoose: () => void;
  onToggle: () => void;
  onPoint: () => void;
}

export function TreeItem(props: Props) {
  const { node } = props;
  const Icon = node.isMount ? IconFolderSymlink : IconFolderFilled;
  const place = { "--level": node.level, transform: `translateY(${props.top}px)` };
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and points here
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys
    <div
      id={props.id}
      role="treeitem"
      aria-level={node.level}
      aria-posinset={node.position}
      aria-setsize={node.siblings}
      {...(node.hasFolders ? { "aria-expanded": node.isOpen } : {})}
      aria-selected={props.isChosen}
      className={`${classes.node} ${props.isFocused ? classes.focused : ""}`}
      style={{ position: "absolute", insetInline: 0, ...place } as CSSProperties}
      onClick={props.onChoose}
      onMouseEnter={props.onPoint}
      title={node.name}
    >
      <IconChevronRight
        size={14}
        aria-hidden
        visibility={node.hasFolders ? "visible" : "hidden"}
        className={`${classes.twisty} ${node.isOpen ? classes.open : ""}`}
        onClick={(event) => {
          event.stopPropagation();
          props.onToggle();
        }}
      />
      <Icon size={16} stroke={1.5} aria-hidden color="var(--mantine-color-dimmed)" />
      <span className={classes.name}>{node.name}</span>
    </div>
  );
}
