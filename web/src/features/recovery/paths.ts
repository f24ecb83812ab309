/** Paths as the API names them: "" is everything, "/reports/2026" a folder by its keys. */

export interface Crumb {
  path: string;
  name: string;
}

/** The folder that an item lies in. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Every folder from the top to this one, itself included, without the root. */
export function foldersTo(path: string): string[] {
  const parts = path.split("/").slice(1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}

/** The crumbs of a folder: `shown` is the same path as people write it. */
export function crumbsOf(path: string, shown: string): Crumb[] {
  const names = shown.split("/").slice(1);
  return foldersTo(path).map((folder, index) => ({
    path: folder,
    name: names[index] ?? nameOf(folder),
  }));
}

export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
