import type { components } from "@/api/schema";

export const KINDS = ["local", "s3", "azure", "gcs"] as const;
export type StorageKind = (typeof KINDS)[number];

/** The fields of a form that says where a storage lies; each kind uses some of them. */
export interface PlaceValues extends Record<string, string> {
  kind: StorageKind;
  path: string;
  bucket: string;
  prefix: string;
  endpoint: string;
  region: string;
  access_key: string;
  secret_key: string;
  account: string;
  account_key: string;
  service_account_file: string;
}
export type PlaceField = Exclude<keyof PlaceValues & string, "kind">;

export const EMPTY_PLACE: PlaceValues = {
  kind: "local",
  path: "",
  bucket: "",
  prefix: "",
  endpoint: "",
  region: "",
  access_key: "",
  secret_key: "",
  account: "",
  account_key: "",
  service_account_file: "",
};

export const FIELDS_OF: Record<StorageKind, readonly PlaceField[]> = {
  local: ["path"],
  s3: ["bucket", "prefix", "region", "endpoint", "access_key", "secret_key"],
  azure: ["bucket", "prefix", "account", "account_key"],
  gcs: ["bucket", "prefix", "service_account_file"],
};
export const SECRET_FIELDS: ReadonlySet<string> = new Set(["secret_key", "account_key"]);
const PLACE_FIELDS: ReadonlySet<string> = new Set(["path", "bucket", "prefix"]);

/** As the API takes it: fields of other kinds are left out. */
export function placeBody(values: PlaceValues): components["schemas"]["StoragePlace"] {
  const given = FIELDS_OF[values.kind].filter((name) => values[name]?.trim() !== "");
  const place = given.filter((name) => PLACE_FIELDS.has(name));
  const options = given.filter((name) => !PLACE_FIELDS.has(name));
  const pick = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, values[name]?.trim() ?? ""]));
  const { path = "", bucket = "", prefix = "" } = pick(place);
  return { kind: values.kind, path, bucket, prefix, options: pick(options) };
}

/** Names the place for `dropally storage add` and its like. */
export function placeArguments(values: PlaceValues, quoted: (text: string) => string): string {
  const words = FIELDS_OF[values.kind]
    .filter((name) => values[name]?.trim() !== "" && !SECRET_FIELDS.has(name))
    .map((name) => `--${name.replaceAll("_", "-")} ${quoted(values[name]?.trim() ?? "")}`);
  return [`--kind ${values.kind}`, ...words].join(" ");
}
