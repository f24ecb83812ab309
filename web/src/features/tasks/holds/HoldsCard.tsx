import { Button, Card, Group, Stack, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconGavel } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { useCan } from "@/api/me";
import { HoldDialog } from "@/features/tasks/holds/HoldDialog";
import { type Hold, holdsQuery, type Task } from "@/features/tasks/queries";
import { CliHint } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

/** What keeps restore points of this task whatever its retention says. */
export function HoldsCard({ task }: { task: Task }) {
  const { t } = useTranslation("tasks");
  const mayHold = useCan("hold.set", { taskId: task.id });
  const [isOpen, dialog] = useDisclosure(false);
  const found = useQuery(holdsQuery);
  const holds = found.data?.filter((one) => one.task_id === task.id) ?? [];
  return (
    <Card withBorder padding="lg" component="section" mt="md">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("holds.title")}
        </Title>
        <Text size="sm" c="dimmed" maw={640}>
          {t("holds.text")}
        </Text>
        {found.error !== null && (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        )}
        {found.isPending && <Loading rows={2} />}
        {found.data !== undefined && holds.length === 0 && <Text>{t("holds.none")}</Text>}
        {holds.length > 0 && <HoldTable holds={holds} task={task} />}
        {mayHold && (
          <Group justify="space-between">
            <Button
              variant="default"
              leftSection={<IconGavel size={18} aria-hidden />}
              onClick={dialog.open}
            >
              {t("holds.set")}
            </Button>
            <CliHint command="dropally hold list" />
          </Group>
        )}
      </Stack>
      {isOpen && <HoldDialog task={task} onClose={dialog.close} />}
    </Card>
  );
}

function HoldTable({ holds, task }: { holds: readonly Hold[]; task: Task }) {
  const { t } = useTranslation("tasks");
  const mayRelease = useCan("hold.release", { taskId: task.id });
  return (
    <Table.ScrollContainer minWidth={640} type="native" tabIndex={0}>
      <Table withTableBorder aria-label={t("holds.title")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("holds.reason")}</Table.Th>
            <Table.Th>{t("holds.points")}</Table.Th>
            <Table.Th>{t("holds.owner")}</Table.Th>
            <Table.Th>{t("holds.until")}</Table.Th>
            {mayRelease && (
              <Table.Th>
                <VisuallyHidden>{t("holds.actions")}</VisuallyHidden>
              </Table.Th>
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {holds.map((hold) => (
            <Table.Tr key={hold.id}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{hold.reason}</Table.Td>
              <Table.Td>
                <Points hold={hold} />
              </Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {hold.owner}
                <Text size="sm" c="dimmed">
                  {t("holds.by", { name: hold.set_by })} · <When time={hold.created} />
                </Text>
              </Table.Td>
              <Table.Td>
                <Until hold={hold} />
              </Table.Td>
              {mayRelease && (
                <Table.Td ta="right">
                  <Release hold={hold} />
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Points({ hold }: { hold: Hold }) {
  const { t } = useTranslation("tasks");
  if (hold.start === null && hold.end === null) {
    return t("holds.all");
  }
  return (
    <>
      {hold.start === null ? t("holds.fromFirst") : <When time={hold.start} />} –{" "}
      {hold.end === null ? t("holds.toLast") : <When time={hold.end} />}
    </>
  );
}

function Until({ hold }: { hold: Hold }) {
  const { t } = useTranslation("tasks");
  if (!hold.is_in_force) {
    return <StatusWord kind="check" status={t("holds.over")} />;
  }
  return hold.until === null ? t("holds.forGood") : <When time={hold.until} />;
}

function Release({ hold }: { hold: Hold }) {
  const { t } = useTranslation("tasks");
  const confirm = useConfirm();
  const queries = useQueryClient();
  const params = { path: { hold_id: hold.id } };
  return (
    <Button
      size="compact-sm"
      variant="default"
      aria-label={t("holds.releaseThis", { reason: hold.reason })}
      onClick={() =>
        confirm({
          title: t("holds.releaseTitle"),
          text: t("holds.releaseText", { reason: hold.reason }),
          confirmLabel: t("holds.release"),
          command: command("hold.release", { hold: hold.id }),
          danger: true,
          onConfirm: async () => {
            await answer(api.DELETE("/api/v1/holds/{hold_id}", { params }));
            await queries.invalidateQueries({ queryKey: [keys.tasks] });
          },
        })
      }
    >
      {t("holds.release")}
    </Button>
  );
}
