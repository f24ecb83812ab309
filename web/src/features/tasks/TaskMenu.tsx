import { ActionIcon, Menu } from "@mantine/core";
import {
  IconDotsVertical,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconSettings,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { useTaskActions } from "@/features/tasks/actions";
import { useDeleteTask } from "@/features/tasks/delete-task";
import type { Task } from "@/features/tasks/queries";
import { MenuAction } from "@/ui/MenuAction";

/** The menu of a task: what the person's role does not allow is not offered. */
export function TaskMenu({ task }: { task: Task }) {
  const { t } = useTranslation("tasks");
  const place = { taskId: task.id };
  const mayRun = useCan("task.run", place);
  const mayPause = useCan("task.pause", place);
  const mayDelete = useCan("task.delete", place);
  const { run, pause, resume } = useTaskActions(task);
  const deleteTask = useDeleteTask(task);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t("menuOf", { name: task.name })}
        >
          <IconDotsVertical size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {mayRun && <MenuAction icon={IconRefresh} label={t("backupNow")} act={run} />}
        {mayPause && task.state === "active" && (
          <MenuAction icon={IconPlayerPause} label={t("pause")} act={pause} />
        )}
        {mayPause && task.state === "paused" && (
          <MenuAction icon={IconPlayerPlay} label={t("resume")} act={resume} />
        )}
        <Menu.Item
          component={Link}
          to={`/tasks/${task.id}/settings`}
          leftSection={<IconSettings size={16} />}
        >
          {t("settings")}
        </Menu.Item>
        {mayDelete && (
          <>
            <Menu.Divider />
            <MenuAction icon={IconTrash} label={t("deleteBackup")} isDanger act={deleteTask} />
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
