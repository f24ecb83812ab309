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
        {mayRun && (
          <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => void run()}>
            {t("backupNow")}
          </Menu.Item>
        )}
        {mayPause && task.state === "active" && (
          <Menu.Item leftSection={<IconPlayerPause size={16} />} onClick={() => void pause()}>
            {t("pause")}
          </Menu.Item>
        )}
        {mayPause && task.state === "paused" && (
          <Menu.Item leftSection={<IconPlayerPlay size={16} />} onClick={() => void resume()}>
            {t("resume")}
          </Menu.Item>
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
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={16} />}
              onClick={() => void deleteTask()}
            >
              {t("deleteBackup")}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
