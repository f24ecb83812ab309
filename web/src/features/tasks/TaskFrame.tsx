import { ActionIcon, Alert, Button, Group, Tabs, Tooltip } from "@mantine/core";
import { IconPlugConnectedX, IconRefresh, IconSettings } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { useTaskActions } from "@/features/tasks/actions";
import { ConnectionButton } from "@/features/tasks/ConnectionButton";
import { type Task, taskQuery } from "@/features/tasks/queries";
import { RenameTask } from "@/features/tasks/RenameTask";
import { TaskMenu } from "@/features/tasks/TaskMenu";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { sentence } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageError } from "@/ui/PageError";
import { PageHeader } from "@/ui/PageHeader";
import { planWords } from "@/ui/plan-words";
import { StatusWord } from "@/ui/StatusWord";
import { TabRow } from "@/ui/TabRow";

const route = getRouteApi("/shell/tasks/$taskId");

/** Around the pages of one task: name, state, actions, tabs. */
export function TaskFrame() {
  const { taskId } = route.useParams();
  const task = useQuery(taskQuery(taskId));
  if (task.data === undefined) {
    return task.error === null ? (
      <Loading />
    ) : (
      <PageError error={task.error} onRetry={() => void task.refetch()} />
    );
  }
  return (
    <>
      <TaskHeader task={task.data} />
      <TaskTabs taskId={taskId} />
    </>
  );
}

function TaskHeader({ task }: { task: Task }) {
  const { t } = useTranslation("tasks");
  const { t: words } = useTranslation("ui");
  const { run } = useTaskActions(task);
  const mayRun = useCan("task.run", { taskId: task.id });
  return (
    <>
      <PageHeader
        title={task.name}
        crumbs={[{ label: t("home"), to: "/" }]}
        description={
          <Group gap="md">
            <RenameTask task={task} />
            <ConnectionButton task={task} />
            <StatusWord kind="task" status={task.state} />
            <span>{planWords(words, task.plan)}</span>
          </Group>
        }
        actions={
          <>
            {mayRun && task.state !== "deleted" && (
              <Button leftSection={<IconRefresh size={16} />} onClick={() => void run()}>
                {t("backupNow")}
              </Button>
            )}
            <Tooltip label={t("settings")}>
              <ActionIcon
                component={Link}
                to={`/tasks/${task.id}/settings`}
                variant="default"
                size={36}
                aria-label={t("settings")}
              >
                <IconSettings size={20} />
              </ActionIcon>
            </Tooltip>
            <TaskMenu task={task} />
            <CliHint command={commandsOf(task)} />
          </>
        }
      />
      {task.connection.state === "Disconnected" && (
        <Alert color="red" variant="light" icon={<IconPlugConnectedX />} mb="md">
          {sentence(task.connection.detail)} {sentence(task.connection.hint)}
        </Alert>
      )}
    </>
  );
}

/** What the buttons and the menu do. */
function commandsOf({ name, state }: Task): string[] {
  const which = { task: name };
  return [
    command("task.run", which),
    command(state === "paused" ? "task.resume" : "task.pause", which),
    command("task.rename", which),
    command("task.delete", which),
  ];
}

const TABS = {
  entities: "/tasks/$taskId",
  settings: "/tasks/$taskId/settings",
  log: "/tasks/$taskId/log",
} as const;

function TaskTabs({ taskId }: { taskId: string }) {
  const { t } = useTranslation("tasks");
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const end = pathname.split("/").at(-1);
  const open = end === "settings" || end === "log" ? end : "entities";
  return (
    <Tabs
      value={open}
      onChange={(value) =>
        void navigate({ to: TABS[(value ?? "entities") as keyof typeof TABS], params: { taskId } })
      }
      keepMounted={false}
    >
      <TabRow
        mb="md"
        open={open}
        tabs={(["entities", "settings", "log"] as const).map((tab) => ({
          value: tab,
          label: t(`tab.${tab}`),
        }))}
      />
      <Tabs.Panel value={open}>
        <Outlet />
      </Tabs.Panel>
    </Tabs>
  );
}
