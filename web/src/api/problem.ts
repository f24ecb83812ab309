import type { components } from "@/api/schema";

type Problem = components["schemas"]["Problem"];
export type FieldProblem = components["schemas"]["FieldProblem"];

/** An answer that says no (RFC 9457), or that never came. `code` is for programs. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  readonly requestId: string;
  readonly fields: readonly FieldProblem[];
  /** Seconds after which it makes sense to ask again; 0 where the server did not say. */
  readonly retryAfter: number;

  constructor(problem: Partial<Problem>, status: number, retryAfter = 0) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = "ApiProblem";
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.hint = problem.hint ?? "";
    this.requestId = problem.request_id ?? "";
    this.fields = problem.errors ?? [];
    this.retryAfter = retryAfter;
  }
}

/** Status 0: there was no answer at all. */
export const UNREACHABLE = "unreachable";

export function unreachable(): ApiProblem {
  return new ApiProblem({ code: UNREACHABLE }, 0);
}

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) {
    return error;
  }
  return new ApiProblem({ detail: error instanceof Error ? error.message : String(error) }, -1);
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  const retryAfter = Number(response.headers.get("Retry-After") ?? 0) || 0;
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) {
    // A proxy in front may answer in its own words.
    return new ApiProblem({ title: response.statusText }, response.status, retryAfter);
  }
  return new ApiProblem((await response.json()) as Problem, response.status, retryAfter);
}
