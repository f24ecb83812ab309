import { Anchor, List, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import { activityWords } from "@/features/activity/words";
import { ErrorState, sentence } from "@/ui/ErrorState";
import { Facts } from "@/ui/Facts";
import { Bytes, Count, Duration } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

type Info = components["schemas"]["ActivityInfo"];

/** The facts behind a row: how long, how much, how many, and what was left out and why. */
export function ActivityDialog({
  rowId,
  onClose,
}: {
  rowId: string | undefined;
  onClose: () => void;
}) {
  const { t } = useTranslation("activity");
  return (
    <Modal
      opened={rowId !== undefined}
      onClose={onClose}
      title={t("info.title")}
      size="lg"
      closeButtonProps={{ "aria-label": t("info.close") }}
    >
      {rowId !== undefined && <Body rowId={rowId} />}
    </Modal>
  );
}

function Body({ rowId }: { rowId: string }) {
  const info = useQuery({
    queryKey: [keys.activity, "info", rowId],
    queryFn: () =>
      answer(
        api.GET("/api/v1/activity/{activity_id}", {
          params: { path: { activity_id: Number(rowId) } },
        }),
      ),
  });
  if (info.error !== null) {
    return <ErrorState error={info.error} onRetry={() => void info.refetch()} />;
  }
  return info.data === undefined ? <Loading rows={4} /> : <InfoFacts info={info.data} />;
}

function InfoFacts({ info }: { info: Info }) {
  const { t } = useTranslation("activity");
  const facts: [string, ReactNode][] = [
    [t("column.activity"), activityWords(t, info.activity, info.activity_label)],
    [t("column.status"), <StatusWord key="status" kind="job" status={info.status} />],
    [t("column.time"), <When key="time" time={info.time} />],
    [t("column.task"), info.task_name],
    [t("column.item"), info.item],
    [t("info.execution"), info.execution_s !== null && <Duration seconds={info.execution_s} />],
    [t("info.size"), info.size_bytes !== null && <Bytes value={info.size_bytes} />],
    [t("info.stored"), info.stored_bytes !== null && <Bytes value={info.stored_bytes} />],
    [t("info.entities"), counted(info.entities)],
    [t("info.new"), counted(info.new)],
    [t("info.changed"), counted(info.changed)],
    [t("info.deleted"), counted(info.deleted)],
    [t("info.deduplicated"), info.deduplicated !== null && percent(info.deduplicated)],
    [t("info.calls"), counted(info.api_calls)],
  ];
  return (
    <Stack>
      <Facts facts={facts} />
      {info.message !== "" && <Text size="sm">{sentence(info.message)}</Text>}
      {info.error !== "" && info.error !== info.message && (
        <Text size="sm">
          {sentence(info.error)} {sentence(info.hint)}
        </Text>
      )}
      <Skipped causes={info.skipped} />
      {info.job_id !== "" && (
        <Anchor component={Link} to={`/jobs/${info.job_id}`} size="sm">
          {t("info.job")}
        </Anchor>
      )}
    </Stack>
  );
}

function Skipped({ causes }: { causes: Info["skipped"] }) {
  const { t } = useTranslation("activity");
  if (causes.length === 0) {
    return null;
  }
  return (
    <div>
      <Text size="sm" fw={600}>
        {t("info.skipped")}
      </Text>
      <List size="sm">
        {causes.map((cause) => (
          <List.Item key={cause.cause}>
            {cause.items} × {sentence(cause.cause.replaceAll("_", " "))}
            {cause.hint === "" ? "" : `: ${cause.hint}`}
          </List.Item>
        ))}
      </List>
    </div>
  );
}

function counted(value: number | null): ReactNode {
  return value !== null && <Count value={value} />;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
