/** The parts of a storage's page; the first is shown where the address names none. */
export const TABS = ["overview", "proof", "space", "replicas", "move", "keys"] as const;
export type StorageTab = (typeof TABS)[number];

export interface StorageSearch {
  tab?: StorageTab;
}

export function readStorageSearch(given: Record<string, unknown>): StorageSearch {
  const tab = TABS.find((one) => one === given.tab);
  return tab === undefined || tab === "overview" ? {} : { tab };
}
