import { quoted } from "@/ui/CliHint";

/** What people type for the commands: `ann@example.com@POINT:/Reports`, quoted for a shell. */

export interface Place {
  /** A member's address, or a folder's name. */
  entity: string;
  point: string;
  shown: string;
}

export function addressOf(place: Place): string {
  const date = place.point === "" || place.point === "latest" ? "" : `@${place.point}`;
  return quoted(`${place.entity}${date}:${place.shown === "" ? "/" : place.shown}`);
}

export interface RestoreWords {
  target: string;
  path: string;
  mode: "new-folder" | "in-place";
  conflict: "duplicate" | "skip" | "replace" | "";
}

/** `dropally restore` for the same items and the same choices. */
export function restoreCommand(places: readonly Place[], words: RestoreWords): string {
  const to = words.target === "" ? [] : ["--to", quoted(toOf(words))];
  const mode = words.mode === "in-place" ? ["--mode", "in-place"] : [];
  const conflict =
    words.mode === "in-place" && words.conflict !== "" ? ["--conflict", words.conflict] : [];
  return ["dropally restore", ...places.map(addressOf), ...to, ...mode, ...conflict].join(" ");
}

function toOf(words: RestoreWords): string {
  return words.path === "" ? words.target : `${words.target}:${words.path}`;
}
