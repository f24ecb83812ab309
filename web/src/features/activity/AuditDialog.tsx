import { Code, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { eventWords, serviceWords } from "@/features/activity/words";
import { Facts } from "@/ui/Facts";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

type Row = components["schemas"]["AuditRow"];

interface Props {
  row: Row | undefined;
  onClose: () => void;
}

/** Everything about one event: from where, with which request, what was changed. */
export function AuditDialog({ row, onClose }: Props) {
  const { t } = useTranslation("activity");
  return (
    <Modal
      opened={row !== undefined}
      onClose={onClose}
      title={t("info.title")}
      size="lg"
      closeButtonProps={{ "aria-label": t("info.close") }}
    >
      {row !== undefined && <Body row={row} />}
    </Modal>
  );
}

function Body({ row }: { row: Row }) {
  const { t } = useTranslation("activity");
  const facts: [string, ReactNode][] = [
    [t("column.event"), eventWords(t, row.activity, row.label)],
    [t("column.status"), <StatusWord key="status" kind="audit" status={row.status} />],
    [t("column.date"), <When key="time" time={row.at} />],
    [t("column.by"), row.performed_by || t("system")],
    [t("column.service"), serviceWords(t, row.service)],
    [t("column.task"), row.task],
    [t("column.address"), row.address],
    [t("info.browser"), row.user_agent],
    [t("info.request"), row.request_id],
    [t("info.number"), String(row.seq)],
  ];
  return (
    <Stack>
      <Text>{row.description}</Text>
      <Facts facts={facts} />
      {Object.keys(row.details).length > 0 && (
        <div>
          <Text size="sm" c="dimmed">
            {t("info.details")}
          </Text>
          <Code block>{JSON.stringify(row.details, null, 2)}</Code>
        </div>
      )}
      <div>
        <Text size="sm" c="dimmed">
          {t("info.hash")}
        </Text>
        <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {row.hash}
        </Code>
      </div>
    </Stack>
  );
}
