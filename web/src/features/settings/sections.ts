import { mayDo, type OwnAccount, type Verb } from "@/api/me";

/** The sections of the settings in their order, and the right that makes each of them visible. */
export const SECTIONS = [
  ["/settings/account", "account", null],
  ["/settings/tokens", "tokens", null],
  ["/settings/organisation", "organisation", "organisation.manage"],
  ["/settings/users", "users", "user.read"],
  ["/settings/security", "security", "security.manage"],
  ["/settings/mail", "mail", "notification.manage"],
  ["/settings/connections", "connections", "connection.manage"],
  ["/settings/defaults", "defaults", "appliance.manage"],
  ["/settings/limits", "limits", "limits.manage"],
  ["/settings/appliance", "appliance", "appliance.manage"],
] as const satisfies readonly (readonly [string, string, Verb | null])[];

export function visibleSections(me: OwnAccount) {
  return SECTIONS.filter(
    ([, , verb]) => verb === null || (mayDo(me, verb) && me.user.reach.everywhere),
  );
}

/** What `/settings` alone shows. */
export function firstSection(me: OwnAccount): (typeof SECTIONS)[number][0] {
  return visibleSections(me)[0]?.[0] ?? "/settings/account";
}
