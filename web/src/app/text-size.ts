export const TEXT_SIZES = ["normal", "large", "larger"] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

const REMEMBERED_UNDER = "dropally.text-size";
const ROOT_SIZES: Record<TextSize, string> = { normal: "100%", large: "112.5%", larger: "125%" };

/** As this browser remembers it. */
export function chosenTextSize(): TextSize {
  const kept = localStorage.getItem(REMEMBERED_UNDER);
  return TEXT_SIZES.find((size) => size === kept) ?? "normal";
}

/** All measures are relative to the root's text, so everything grows along. */
export function showTextSize(size: TextSize): void {
  document.documentElement.style.fontSize = ROOT_SIZES[size];
}

/** Shows a size now and on this browser's next visits. */
export function chooseTextSize(size: TextSize): TextSize {
  localStorage.setItem(REMEMBERED_UNDER, size);
  showTextSize(size);
  return size;
}
