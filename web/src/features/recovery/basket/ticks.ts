import { isBelow, parentOf } from "@/features/recovery/paths";

/** A row of a selection: an item with everything below it is in it, or is left out of it. */
export interface TickRow {
  path: string;
  is_included: boolean;
}
export type TickState = "in" | "out" | "some";

/**
 * What is ticked of one entity at one restore point. An item without a row of its own is as the
 * nearest folder above it that has one, so ticking a folder of a million files is one row.
 */
export class Ticks {
  readonly #rows = new Map<string, boolean>();
  readonly #includedBelow = new Map<string, number>();
  readonly #leftOutBelow = new Map<string, number>();

  constructor(rows: readonly TickRow[]) {
    for (const row of rows) {
      this.#rows.set(row.path, row.is_included);
      const counts = row.is_included ? this.#includedBelow : this.#leftOutBelow;
      for (let above = row.path; above !== ""; ) {
        above = parentOf(above);
        counts.set(above, (counts.get(above) ?? 0) + 1);
      }
    }
  }

  isIncluded(path: string): boolean {
    for (let above = path; ; above = parentOf(above)) {
      const own = this.#rows.get(above);
      if (own !== undefined) {
        return own;
      }
      if (above === "") {
        return false;
      }
    }
  }

  /** Of a folder "some" where not everything below it is alike. */
  stateOf(path: string): TickState {
    const isIncluded = this.isIncluded(path);
    const others = isIncluded ? this.#leftOutBelow : this.#includedBelow;
    if ((others.get(path) ?? 0) > 0) {
      return "some";
    }
    return isIncluded ? "in" : "out";
  }
}

/** The rows after items were put in or left out, as the server will answer. */
export function changed<Row extends TickRow>(
  rows: readonly Row[],
  items: readonly Row[],
  isIncluded: boolean,
): Row[] {
  let found = [...rows];
  for (const item of items) {
    found = found.filter((row) => row.path !== item.path && !isBelow(row.path, item.path));
    const above = item.path !== "" && new Ticks(found).isIncluded(parentOf(item.path));
    if (above !== isIncluded) {
      found.push({ ...item, is_included: isIncluded });
    }
  }
  return found;
}
