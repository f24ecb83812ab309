/** What the address of a job's page says of its log. */
export interface JobSearch {
  level?: "warning";
  find?: string;
}

export function readJobSearch(given: Record<string, unknown>): JobSearch {
  const find = given.find;
  return {
    ...(given.level === "warning" ? { level: "warning" as const } : {}),
    ...(typeof find === "string" && find !== "" ? { find } : {}),
  };
}
