import { Group, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArchive,
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconLoader2,
  IconPlayerPause,
  IconPlugConnected,
  IconPlugConnectedX,
  IconProgressCheck,
  IconQuestionMark,
  IconTrash,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/ui/StatusWord.module.css";

export type StatusKind =
  | "entity"
  | "job"
  | "task"
  | "connection"
  | "storage"
  | "check"
  | "audit"
  | "erasure";
type Tone = "good" | "busy" | "warning" | "bad" | "calm";
type Shape = ComponentType<{ size: number; stroke: number }>;

// Each word of the API, its shape, its tone, and its key in the messages. The shape says what the
// colour says, for those who do not see colours.
const LOOKS: Record<StatusKind, Record<string, readonly [Shape, Tone, string]>> = {
  entity: {
    "Not Active": [IconCircleDashed, "calm", "status.entity.notActive"],
    Scheduled: [IconClock, "busy", "status.entity.scheduled"],
    "In Process": [IconLoader2, "busy", "status.entity.inProcess"],
    Active: [IconCircleCheck, "good", "status.entity.active"],
    Paused: [IconPlayerPause, "warning", "status.entity.paused"],
    Archived: [IconArchive, "calm", "status.entity.archived"],
    "Backed-up in another task": [IconProgressCheck, "calm", "status.entity.elsewhere"],
    Deleted: [IconTrash, "calm", "status.entity.deleted"],
  },
  job: {
    pending: [IconClock, "calm", "status.job.pending"],
    in_progress: [IconLoader2, "busy", "status.job.inProgress"],
    succeeded: [IconCircleCheck, "good", "status.job.succeeded"],
    partially_succeeded: [IconAlertTriangle, "warning", "status.job.partly"],
    failed: [IconCircleX, "bad", "status.job.failed"],
    canceled: [IconBan, "calm", "status.job.canceled"],
  },
  task: {
    active: [IconCircleCheck, "good", "status.task.active"],
    paused: [IconPlayerPause, "warning", "status.task.paused"],
    deleted: [IconTrash, "calm", "status.task.deleted"],
  },
  connection: {
    Connected: [IconPlugConnected, "good", "status.connection.connected"],
    Disconnected: [IconPlugConnectedX, "bad", "status.connection.disconnected"],
  },
  storage: {
    ok: [IconCircleCheck, "good", "status.storage.ok"],
    warning: [IconAlertTriangle, "warning", "status.storage.warning"],
    failed: [IconCircleX, "bad", "status.storage.failed"],
    unknown: [IconQuestionMark, "calm", "status.storage.unknown"],
  },
  audit: {
    succeeded: [IconCircleCheck, "good", "status.audit.succeeded"],
    failed: [IconCircleX, "bad", "status.audit.failed"],
    denied: [IconBan, "warning", "status.audit.denied"],
  },
  erasure: {
    erasing: [IconLoader2, "busy", "status.erasure.erasing"],
    open: [IconClock, "warning", "status.erasure.open"],
    complete: [IconCircleCheck, "good", "status.erasure.complete"],
  },
  check: {
    ok: [IconCircleCheck, "good", "status.check.ok"],
    warning: [IconAlertTriangle, "warning", "status.check.warning"],
    failed: [IconCircleX, "bad", "status.check.failed"],
    unknown: [IconQuestionMark, "calm", "status.check.unknown"],
  },
};

/** A status as shape, colour and word. A word that is new to this console is shown as it is. */
export function StatusWord({ status, kind }: { status: string; kind: StatusKind }) {
  const { t } = useTranslation("ui");
  const look = LOOKS[kind][status];
  const [Icon, tone, key] = look ?? [IconQuestionMark, "calm" as Tone, ""];
  return (
    <Group
      component="span"
      gap={6}
      wrap="nowrap"
      className={`${classes.word} ${classes[tone]}`}
      display="inline-flex"
    >
      <span aria-hidden className={classes.shape}>
        <Icon size={16} stroke={2} />
      </span>
      <Text span inherit>
        {key === "" ? status : t(key as "status.job.failed")}
      </Text>
    </Group>
  );
}
