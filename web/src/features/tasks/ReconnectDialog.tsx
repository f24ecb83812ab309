import { Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { ConnectForm } from "@/features/setup/ConnectForm";
import type { Task } from "@/features/tasks/queries";

/** Authenticates a task's team anew at Dropbox; its history stays. */
export function ReconnectDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const { t } = useTranslation("tasks");
  const queries = useQueryClient();
  const onConnected = () => {
    onClose();
    notifications.show({ message: t("reconnect.done") });
    void queries.invalidateQueries({ queryKey: [keys.tasks] });
    void queries.invalidateQueries({ queryKey: [keys.connections] });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("reconnect.title", { team: task.connection.team_name })}
      size="lg"
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <ConnectForm connection={task.connection} onConnected={onConnected} />
    </Modal>
  );
}
