/** How a file can be shown here: the server sends others as downloads, whatever they are called. */
export type PreviewKind = "image" | "text" | "page" | "none";

const IMAGES = new Set(["png", "jpg", "jpeg", "gif", "webp", "bmp", "avif"]);
const TEXTS = new Set([
  ...["txt", "md", "csv", "tsv", "log", "json", "xml", "yaml", "yml", "toml", "ini", "conf"],
  ...["py", "js", "ts", "css", "sql", "sh", "html", "eml", "rst", "tex"],
]);
export const MOST_TEXT_BYTES = 256 * 1024;
const MOST_IMAGE_BYTES = 32 * 1024 * 1024;

export function previewKind(name: string, sizeBytes: number): PreviewKind {
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  if (IMAGES.has(extension)) {
    return sizeBytes <= MOST_IMAGE_BYTES ? "image" : "none";
  }
  if (TEXTS.has(extension)) {
    return "text";
  }
  return extension === "pdf" ? "page" : "none";
}
