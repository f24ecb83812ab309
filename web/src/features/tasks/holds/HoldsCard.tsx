import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconGavel } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { useCan } from "@/api/me";
import { HoldDialog } from "@/features/tasks/holds/HoldDialog";
import classes from "@/features/tasks/holds/HoldsCard.module.css";
import { type Hold, holdsQuery, type Task } from "@/features/tasks/queries";
import { CliHint } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { Facts } from "@/ui/Facts";
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
        {holds.length > 0 && <HoldList holds={holds} task={task} />}
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

function HoldList({ holds, task }: { holds: readonly Hold[]; task: Task }) {
  const { t } = useTranslation("tasks");
  const mayRelease = useCan("hold.release", { taskId: task.id });
  return (
    <ul aria-label={t("holds.title")} className={classes.holds}>
      {holds.map((hold) => (
        <li key={hold.id} className={classes.hold}>
          <Group justify="space-between" align="flex-start" wrap="nowrap" gap="sm">
            <Text fw={600} miw={0} style={{ overflowWrap: "anywhere" }}>
              {hold.reason}
            </Text>
            {mayRelease && <Release hold={hold} />}
          </Group>
          <Facts
            width={200}
            facts={[
              [t("holds.owner"), hold.owner],
              [t("holds.points"), <Points key="points" hold={hold} />],
              [t("holds.until"), <Until key="until" hold={hold} />],
              [t("holds.by"), <SetBy key="by" hold={hold} />],
            ]}
          />
        </li>
      ))}
    </ul>
  );
}

function SetBy({ hold }: { hold: Hold }) {
  return (
    <>
      {hold.set_by}, <When time={hold.created} />
    </>
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
      flex="none"
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
