import type { components } from "@/api/schema";

type Difference = components["schemas"]["DifferenceView"];
export type ShownChange = "added" | "changed" | "removed" | "moved";

/** A difference as the page shows it; of what was moved, `from` is where it lay before. */
export interface ShownDifference {
  change: ShownChange;
  path: string;
  shown: string;
  from: string;
  before: Difference["before"];
  after: Difference["after"];
}

/**
 * Joins a file that is gone here with one that came there, if both have the same content: it was
 * moved. Contents that lie in several places are left as they are, for nobody knows which is which.
 */
export function withMoves(differences: readonly Difference[]): ShownDifference[] {
  const gone = byContent(differences.filter((one) => one.change === "removed"));
  const came = byContent(differences.filter((one) => one.change === "added"));
  const found: ShownDifference[] = [];
  for (const one of differences) {
    const id = contentOf(one);
    const left = gone.get(id);
    const arrived = came.get(id);
    const isMove = id !== "" && left?.length === 1 && arrived?.length === 1;
    if (isMove && one.change === "removed") {
      continue; // told by the place where it is now
    }
    if (isMove && one.change === "added") {
      const before = left[0];
      found.push({
        ...one,
        change: "moved",
        from: before?.shown ?? "",
        before: before?.before ?? null,
      });
    } else {
      found.push({ ...one, from: "" });
    }
  }
  return found;
}

function byContent(differences: readonly Difference[]): Map<string, Difference[]> {
  const found = new Map<string, Difference[]>();
  for (const one of differences) {
    const id = contentOf(one);
    found.set(id, [...(found.get(id) ?? []), one]);
  }
  return found;
}

function contentOf(one: Difference): string {
  const state = one.after ?? one.before;
  return state === null || state === undefined || state.kind === "folder" ? "" : state.content_id;
}
