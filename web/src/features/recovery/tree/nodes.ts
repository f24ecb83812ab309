/** A folder of the tree as it stands in the flat list of what can be seen. */
export interface TreeNode {
  path: string;
  name: string;
  level: number;
  isOpen: boolean;
  /** It can be opened. */
  hasFolders: boolean;
  isMount: boolean;
  position: number;
  siblings: number;
}

export interface TreeFolder {
  path: string;
  name: string;
  folders: number;
  is_mount: boolean;
}

/** The folders directly in a folder; undefined where they are not loaded. */
export type ChildrenOf = (path: string) => readonly TreeFolder[] | undefined;

/** What can be seen of the tree, top to bottom: the children of every open folder. */
export function visibleNodes(root: TreeFolder, open: ReadonlySet<string>, childrenOf: ChildrenOf) {
  const found: TreeNode[] = [];
  const visit = (folders: readonly TreeFolder[], level: number): void => {
    for (const [index, folder] of folders.entries()) {
      const isOpen = open.has(folder.path);
      found.push({
        path: folder.path,
        name: folder.name,
        level,
        isOpen: isOpen && folder.folders > 0,
        hasFolders: folder.folders > 0,
        isMount: folder.is_mount,
        position: index + 1,
        siblings: folders.length,
      });
      if (isOpen) {
        visit(childrenOf(folder.path) ?? [], level + 1);
      }
    }
  };
  visit([root], 1);
  return found;
}

export type TreeMove =
  | { kind: "focus"; path: string }
  | { kind: "open"; path: string }
  | { kind: "close"; path: string }
  | { kind: "choose"; path: string };

/** What a key does in a tree, as the ARIA practices say; undefined where it does nothing. */
export function moveOf(
  key: string,
  nodes: readonly TreeNode[],
  focused: string,
): TreeMove | undefined {
  const index = nodes.findIndex((node) => node.path === focused);
  const node = nodes[index];
  if (node === undefined) {
    return undefined;
  }
  switch (key) {
    case "ArrowDown":
      return focusOn(nodes[index + 1]);
    case "ArrowUp":
      return focusOn(nodes[index - 1]);
    case "Home":
      return focusOn(nodes[0]);
    case "End":
      return focusOn(nodes.at(-1));
    case "ArrowRight":
      if (node.isOpen) {
        return focusOn(childOf(nodes, index));
      }
      return node.hasFolders ? { kind: "open", path: node.path } : undefined;
    case "ArrowLeft":
      return node.isOpen ? { kind: "close", path: node.path } : focusOn(parentIn(nodes, index));
    case "Enter":
    case " ":
      return { kind: "choose", path: node.path };
    default:
      return key.length === 1 ? focusOn(typedAhead(nodes, index, key)) : undefined;
  }
}

function focusOn(node: TreeNode | undefined): TreeMove | undefined {
  return node === undefined ? undefined : { kind: "focus", path: node.path };
}

function childOf(nodes: readonly TreeNode[], index: number): TreeNode | undefined {
  const next = nodes[index + 1];
  return next !== undefined && next.level > (nodes[index]?.level ?? 0) ? next : undefined;
}

function parentIn(nodes: readonly TreeNode[], index: number): TreeNode | undefined {
  const level = nodes[index]?.level ?? 0;
  return nodes.slice(0, index).findLast((node) => node.level < level);
}

function typedAhead(nodes: readonly TreeNode[], index: number, key: string): TreeNode | undefined {
  const wanted = key.toLocaleLowerCase();
  const after = [...nodes.slice(index + 1), ...nodes.slice(0, index)];
  return after.find((node) => node.name.toLocaleLowerCase().startsWith(wanted));
}
