import { lazyRouteComponent } from "@tanstack/react-router";
import { loadTexts, type TextArea } from "@/app/i18n";

/**
 * A route's component, loaded together with its texts when somebody points at a link to it:
 * `page("jobs", () => import("@/features/jobs/JobsPage"), "JobsPage")`.
 *
 * Texts that are first asked for while the page is drawn would make it wait a second time.
 */
export function page<Module extends Record<string, unknown>, Name extends keyof Module & string>(
  areas: TextArea | readonly TextArea[],
  load: () => Promise<Module>,
  name: Name,
) {
  return lazyRouteComponent(async () => {
    const [module] = await Promise.all([load(), loadTexts([areas].flat())]);
    return module;
  }, name);
}
