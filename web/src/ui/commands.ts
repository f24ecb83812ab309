import { quoted } from "@/ui/CliHint";

/**
 * What "Show as CLI" shows, without `dropally`. `{name}` is a value, or NAME where it is not known yet;
 * a part in brackets is left out with its value. A test parses each with the commands' own parser.
 */
const COMMANDS = {
  "activity.list":
    "activity list [--activity {activity}] [--status {status}] [--task {task}] [--item {item}]",
  "audit.list":
    "audit list [--from {from}] [--to {to}] [--activity {activity}] [--status {status}] [--filter {filter}]",
  "config.set": "config set {key=value}",
  "connection.connect": "connection connect [--for {purpose}] [--reconnect {connection}]",
  "connection.delete": "connection delete {connection}",
  "connection.disconnect": "connection disconnect {connection}",
  "connection.discover": "connection discover {connection}",
  "connection.probe": "connection probe {connection}",
  doctor: "doctor",
  "download.delete": "download delete {download}",
  "entity.activate":
    "entity activate [{entities}] --task {task} [--all {all}] [--status {status}] [--kind {kind}] [--group {group}] [--filter {filter}]",
  "entity.delete":
    "entity delete [{entities}] --task {task} [--all {all}] [--status {status}] [--kind {kind}] [--group {group}] [--filter {filter}]",
  "entity.pause":
    "entity pause [{entities}] --task {task} [--all {all}] [--status {status}] [--kind {kind}] [--group {group}] [--filter {filter}]",
  "entity.run":
    "entity run [{entities}] --task {task} [--all {all}] [--status {status}] [--kind {kind}] [--group {group}] [--filter {filter}]",
  "erasure.include": "erasure include {entity} {rule}",
  "hold.release": "hold release {hold}",
  "job.cancel": "job cancel {job}",
  "job.list": "job list [--kind {kind}] [--window {window}] [--status {status}] [--task {task}]",
  "job.log": "job log {job}",
  "job.retry": "job retry {job} [--cause {cause}]",
  "job.retryFailed": "job retry {job} --only-failed",
  "job.show": "job show {job}",
  "job.watch": "job watch {job}",
  "key.confirm": "key confirm {storage}",
  "key.remove": "key remove {storage} {slot}",
  "key.renew": "key renew {storage}",
  "mail.list": "mail list",
  "mail.test": "mail test {recipient}",
  "organisation.rename": "organisation rename {name}",
  "security.set": "security set {rule=value}",
  "self.bundle": "self support-bundle --out support.zip",
  "self.bundleWithNames": "self support-bundle --with-names --out support.zip",
  "self.approveDecommission": "self approve-decommission",
  "self.reactivate": "self reactivate",
  "session.list": "session list",
  "session.revoke": "session revoke {session}",
  "session.revokeOthers": "session revoke-others",
  "storage.adopt": "storage adopt {storage}",
  "storage.default": "storage default {storage}",
  "storage.lock": "storage lock {storage}",
  "storage.lockReport": "storage lock-report {storage}",
  "storage.remove": "storage remove {storage}",
  "task.add": "task add {name} [--team {team}] [--activate {activate}]",
  "task.delete": "task delete {task} {task}",
  "task.pause": "task pause {task}",
  "task.previewPlan":
    "task preview-plan --frequency {frequency} [--hour {hour}] [--weekday {weekday}] [--cron {cron}] [--zone {zone}]",
  "task.rename": "task rename {task} {name}",
  "task.resume": "task resume {task}",
  "task.retentionPreview":
    "task retention-preview {task} --mode {mode} [--period {period}] [--keep-last {last}] [--keep-daily {daily}] [--keep-weekly {weekly}] [--keep-monthly {monthly}] [--keep-yearly {yearly}]",
  "task.run": "task run {task}",
  "task.runAndWait": "task run {task} --wait",
  "task.set":
    "task set {task} --frequency {frequency} [--hour {hour}] [--weekday {weekday}] [--cron {cron}] [--zone {zone}]",
  "task.undelete": "task undelete {task}",
  "token.create": "token create {name} --for {email} [--days {days}]",
  "token.list": "token list",
  "token.revoke": "token revoke {token}",
  "user.deactivate": "user deactivate {user}",
  "user.delete": "user delete {user}",
  "user.inviteEverywhere": "user invite {email} {name} --role {role} --everywhere",
  "user.list": "user list",
  "user.makeOwner": "user make-owner {user}",
  "user.reactivate": "user reactivate {user}",
  "user.resend": "user resend {user}",
  "user.resetFactor": "user disable-2fa {user}",
  "user.resetLink": "user reset-link {user}",
  "user.setRole": "user set-role {user} --role {role}",
  "user.unlock": "user unlock {user}",
} as const;

export type CommandName = keyof typeof COMMANDS;
type NamesIn<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
type Value = string | number | boolean | readonly string[] | undefined;
type Values<Name extends CommandName> = {
  [Key in NamesIn<(typeof COMMANDS)[Name]>]?: Value;
};

const PARTS = /\[([^\]]*)\]|(\S+)/g;
const PLACE = /\{([^}]+)\}/;

/** The command with its values, quoted for a shell: `command("task.run", { task: task.name })`. */
export function command<Name extends CommandName>(name: Name, values: Values<Name> = {}): string {
  const given = values as Record<string, Value>;
  const words = [...COMMANDS[name].matchAll(PARTS)].flatMap(([, optional, word]) =>
    optional === undefined ? [filled(word ?? "", given)] : optionalWords(optional, given),
  );
  return ["dropally", ...words].join(" ");
}

function optionalWords(part: string, given: Record<string, Value>): string[] {
  const value = given[PLACE.exec(part)?.[1] ?? ""];
  if (isMissing(value)) {
    return [];
  }
  if (value === true) {
    return [part.replace(PLACE, "").trim()];
  }
  return [filled(part, given)];
}

function filled(part: string, given: Record<string, Value>): string {
  return part.replace(PLACE, (_, name: string) => {
    const value = given[name];
    if (isMissing(value)) {
      return name.toUpperCase();
    }
    return (Array.isArray(value) ? value : [value]).map((one) => quoted(String(one))).join(" ");
  });
}

function isMissing(value: Value): boolean {
  return (
    value === undefined ||
    value === "" ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}
