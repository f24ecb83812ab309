import { type Settings, settingOf, valueIn } from "@/api/settings";

const KEY = "schedule.replicas";
const PLAN = "schedule.replicate";

/** Which storages are copied to which by themselves: `main > offsite`, as dropally.toml has it. */
export interface ReplicaPlan {
  targets: string[];
  /** When: `daily 06:00`; `off` for never. */
  when: string;
  /** Where the pairs are set, if not in the console. */
  lockedBy: string;
  /** What to save for one more target of this storage, or one less. */
  withTarget: (target: string) => Record<string, string[]>;
  withoutTarget: (target: string) => Record<string, string[]>;
}

export function replicaPlan(settings: Settings, storageId: string): ReplicaPlan {
  const pairs = (valueIn(settings, KEY) || []) as string[];
  const parsed = pairs.map((pair) => pair.split(">").map((word) => word.trim()));
  const targets = parsed
    .filter(([source]) => source === storageId)
    .map(([, target = ""]) => target);
  const pairWith = (target: string) => `${storageId} > ${target}`;
  return {
    targets,
    when: String(valueIn(settings, PLAN)),
    lockedBy: settingOf(settings, KEY)?.locked_by ?? "",
    withTarget: (target) => ({ [KEY]: [...pairs, pairWith(target)] }),
    withoutTarget: (target) => ({
      [KEY]: pairs.filter((_, number) => parsed[number]?.join(" > ") !== pairWith(target)),
    }),
  };
}
