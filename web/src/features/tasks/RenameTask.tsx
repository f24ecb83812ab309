import { ActionIcon, TextInput, Tooltip } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { useCan } from "@/api/me";
import { asProblem } from "@/api/problem";
import type { Task } from "@/features/tasks/queries";
import { sentence } from "@/ui/ErrorState";

/** The pencil: Enter saves the new name, Escape leaves the old one. */
export function RenameTask({ task }: { task: Task }) {
  const { t } = useTranslation("tasks");
  const [name, setName] = useState<string | null>(null);
  const [error, setError] = useState("");
  const pencil = useRef<HTMLButtonElement>(null);
  const mayRename = useCan("task.settings", { taskId: task.id });
  const queries = useQueryClient();
  if (!mayRename) {
    return null;
  }
  const close = () => {
    setName(null);
    setError("");
    requestAnimationFrame(() => pencil.current?.focus());
  };
  const save = async () => {
    const params = { path: { task_id: task.id } };
    try {
      await answer(api.PATCH("/api/v1/tasks/{task_id}", { params, body: { name: name ?? "" } }));
      await queries.invalidateQueries({ queryKey: [keys.tasks] });
      close();
    } catch (problem) {
      setError(sentence(asProblem(problem).fields[0]?.message ?? asProblem(problem).message));
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      void save();
    } else if (event.key === "Escape") {
      close();
    }
  };
  if (name === null) {
    return (
      <Tooltip label={t("rename")}>
        <ActionIcon
          ref={pencil}
          variant="subtle"
          color="gray"
          aria-label={t("rename")}
          onClick={() => setName(task.name)}
        >
          <IconPencil size={18} />
        </ActionIcon>
      </Tooltip>
    );
  }
  return (
    <TextInput
      aria-label={t("new.name")}
      description={t("renameHint")}
      value={name}
      error={error}
      onChange={(event) => setName(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      autoFocus
    />
  );
}
