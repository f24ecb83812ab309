import type { components } from "@/api/schema";

type Storage = components["schemas"]["StorageAnswer"];
type Task = components["schemas"]["TaskView"];
type Connection = components["schemas"]["ConnectionView"];

/** What is done after the first administrator is there, in this order. */
export const STEPS = [
  "address",
  "storage",
  "key",
  "app",
  "connect",
  "protect",
  "schedule",
  "mail",
  "start",
] as const;
export type Step = (typeof STEPS)[number];

const OPTIONAL: ReadonlySet<Step> = new Set(["address", "schedule", "mail"]);

/** What there is already: the wizard keeps no state of its own. */
export interface Facts {
  storages: readonly Storage[];
  connections: readonly Connection[];
  tasks: readonly Task[];
  hasAddress: boolean;
  hasAppKey: boolean;
  sendsMail: boolean;
}

export function isStep(text: unknown): text is Step {
  return (STEPS as readonly unknown[]).includes(text);
}

/** The storage that is set up: the default one, which stands first. */
export function ownStorage(facts: Facts): Storage | undefined {
  return facts.storages.find((one) => one.is_default) ?? facts.storages[0];
}

export function doneSteps(facts: Facts): ReadonlySet<Step> {
  const storage = ownStorage(facts);
  const done: Record<Step, boolean> = {
    address: facts.hasAddress,
    storage: storage !== undefined && (storage.origin !== "builtin" || storage.repository !== null),
    key: storage?.recovery_code === "confirmed",
    app: facts.hasAppKey,
    connect: facts.connections.some((one) => one.state === "Connected"),
    protect: facts.tasks.length > 0,
    schedule: facts.tasks.some((one) => one.last_job !== ""),
    mail: facts.sendsMail,
    start: facts.tasks.some((one) => one.last_success !== null),
  };
  return new Set(STEPS.filter((step) => done[step]));
}

/** The step to show: the one that was asked for if it can be done, else the first that is open. */
export function stepToShow(done: ReadonlySet<Step>, wanted: Step | undefined): Step {
  if (wanted !== undefined && isWithinReach(done, wanted)) {
    return wanted;
  }
  return STEPS.find((step) => !done.has(step) && !isPassed(done, step)) ?? "start";
}

/** True if every step that it needs is done; an empty storage may get its key without being added. */
export function isWithinReach(done: ReadonlySet<Step>, step: Step): boolean {
  const before = STEPS.slice(0, STEPS.indexOf(step));
  return before.every(
    (one) => done.has(one) || OPTIONAL.has(one) || (one === "storage" && step === "key"),
  );
}

/** What may be left out counts as done once something after it is. */
function isPassed(done: ReadonlySet<Step>, step: Step): boolean {
  return OPTIONAL.has(step) && STEPS.slice(STEPS.indexOf(step) + 1).some((one) => done.has(one));
}

export function stepAfter(step: Step): Step {
  return STEPS[STEPS.indexOf(step) + 1] ?? "start";
}

/** The Dropbox permissions that the app needs, with what each is for: keys of the messages. */
export const BACKUP_SCOPES = [
  ["team_info.read", "scope.teamInfo"],
  ["members.read", "scope.members"],
  ["groups.read", "scope.groups"],
  ["team_data.member", "scope.actFor"],
  ["team_data.content.read", "scope.teamFolders"],
  ["team_data.team_space", "scope.teamSpace"],
  ["files.metadata.read", "scope.list"],
  ["files.content.read", "scope.download"],
  ["sharing.read", "scope.sharing"],
  ["account_info.read", "scope.names"],
  ["events.read", "scope.events"],
] as const;
export const RESTORE_SCOPES = [
  ["files.content.write", "scope.writeFiles"],
  ["files.metadata.write", "scope.writeFolders"],
  ["sharing.write", "scope.writeShared"],
  ["team_data.content.write", "scope.writeTeam"],
] as const;

/** What the set-up is not finished without. */
export const REQUIRED = STEPS.filter((step) => !OPTIONAL.has(step));
