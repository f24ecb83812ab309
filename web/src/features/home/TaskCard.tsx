import { Alert, Card, Group, Stack, Text, Title } from "@mantine/core";
import { IconBrandDropbox, IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/tasks";
import { daysQuery } from "@/features/home/queries";
import classes from "@/features/home/TaskCard.module.css";
import { ConnectionButton } from "@/features/tasks/ConnectionButton";
import { TaskMenu } from "@/features/tasks/TaskMenu";
import { DayStrip } from "@/ui/DayStrip";
import { sentence } from "@/ui/ErrorState";
import { Bytes } from "@/ui/figures";
import { planWords } from "@/ui/plan-words";
import { AnchorLink } from "@/ui/RouteLinks";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

/** One task: whether it works, what it did in the last 30 days, and what can be done with it. */
export function TaskCard({ task }: { task: Task }) {
  const { t } = useTranslation("home");
  const days = useQuery(daysQuery(task.id));
  const link = { to: "/tasks/$taskId", params: { taskId: task.id } } as const;
  return (
    <Card withBorder padding="lg" component="article" aria-label={task.name}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Group gap="sm" style={{ minWidth: 0 }}>
            <Link {...link} aria-label={t("openTask", { name: task.name })} tabIndex={-1}>
              <IconBrandDropbox size={26} stroke={1.5} aria-hidden />
            </Link>
            <Title order={2} size="h4" style={{ overflowWrap: "anywhere" }}>
              <AnchorLink {...link} inherit c="var(--mantine-color-text)">
                {task.name}
              </AnchorLink>
            </Title>
            <ConnectionButton task={task} />
            {task.state === "paused" && <StatusWord kind="task" status="paused" />}
          </Group>
          <TaskMenu task={task} />
        </Group>
        {task.connection.state === "Disconnected" && (
          <Alert color="red" variant="light" icon={<IconPlugConnectedX />}>
            {sentence(task.connection.detail)} {sentence(task.connection.hint)}
          </Alert>
        )}
        {days.data === undefined ? (
          <div className={classes.strip} />
        ) : (
          <DayStrip days={days.data} label={t("strip")} />
        )}
        <Group gap="lg">
          <Text size="sm">
            {t("last")} <When time={task.last_success} relative />
          </Text>
          <NextRun task={task} />
          <Text size="sm">
            {t("items", { count: task.entities })} · <Bytes value={task.bytes} />
          </Text>
        </Group>
        <Counts task={task} />
      </Stack>
    </Card>
  );
}

function NextRun({ task }: { task: Task }) {
  const { t } = useTranslation("home");
  const { t: words } = useTranslation("ui");
  if (task.next_run === null) {
    return (
      <Text size="sm">
        {t("next")} {t("noNext")}
      </Text>
    );
  }
  return (
    <Text size="sm" title={planWords(words, task.plan)}>
      {t("next")} <When time={task.next_run} relative />
    </Text>
  );
}

/** How many members and folders have which status; each leads to them. */
function Counts({ task }: { task: Task }) {
  const { t } = useTranslation("home");
  const counts = Object.entries(task.counts).filter(([, count]) => count > 0);
  return (
    <Group
      gap="md"
      component="ul"
      aria-label={t("counts")}
      m={0}
      p={0}
      style={{ listStyle: "none" }}
    >
      {counts.map(([status, count]) => (
        <li key={status}>
          <AnchorLink
            to="/tasks/$taskId"
            params={{ taskId: task.id }}
            search={{ status }}
            size="sm"
            c="var(--mantine-color-text)"
          >
            <Group gap={6} component="span" display="inline-flex">
              <StatusWord kind="entity" status={status} />
              <Text span inherit fw={600}>
                {count}
              </Text>
            </Group>
          </AnchorLink>
        </li>
      ))}
    </Group>
  );
}
