/** What a key does in a list: pure, so that it can be reasoned about. */
export interface Selection {
  selected: ReadonlySet<string>;
  /** Rows of which something is selected: a folder with some of its files. */
  partly?: ReadonlySet<string>;
  onChange: (selected: ReadonlySet<string>) => void;
}

const PAGE_ROWS = 10;

/** Where the active row goes; null if the key does not move it. */
export function moved(key: string, active: number, count: number): number | null {
  const last = count - 1;
  switch (key) {
    case "ArrowDown":
      return Math.min(last, active + 1);
    case "ArrowUp":
      return Math.max(0, active - 1);
    case "PageDown":
      return Math.min(last, active + PAGE_ROWS);
    case "PageUp":
      return Math.max(0, active - PAGE_ROWS);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

export function toggled(selected: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(selected);
  if (!next.delete(id)) {
    next.add(id);
  }
  return next;
}

/** The selection with all ids between two places. */
export function withRange(
  selected: ReadonlySet<string>,
  ids: readonly string[],
  from: number,
  to: number,
): ReadonlySet<string> {
  return new Set([...selected, ...ids.slice(Math.min(from, to), Math.max(from, to) + 1)]);
}
