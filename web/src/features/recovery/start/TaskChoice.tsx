import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/tasks";
import classes from "@/features/recovery/start/TaskChoice.module.css";
import { When } from "@/ui/When";

interface Props {
  tasks: readonly Task[];
  chosen: Task;
}

/** The tasks, each with its last backup; the one whose members are listed below is marked. */
export function TaskChoice({ tasks, chosen }: Props) {
  const { t } = useTranslation("recovery");
  return (
    <nav aria-label={t("tasks")}>
      <ul className={classes.choice}>
        {tasks.map((task) => (
          <li key={task.id}>
            <Link
              to="/recovery"
              search={{ task: task.id }}
              className={classes.task}
              aria-current={task.id === chosen.id}
            >
              <Text fw={600} truncate>
                {task.name}
              </Text>
              <Text size="sm" c="dimmed">
                {task.last_success === null ? (
                  t("noBackupYet")
                ) : (
                  <>
                    {t("lastBackup")} <When time={task.last_success} relative />
                  </>
                )}
              </Text>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
