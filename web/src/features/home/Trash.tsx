import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { trashQuery } from "@/api/tasks";

// Mostly there is none.
const DeletedTask = lazy(async () => ({
  default: (await import("@/features/home/DeletedTask")).DeletedTask,
}));

/** Deleted tasks, as long as they can be taken back. */
export function Trash() {
  const { t } = useTranslation("home");
  const trash = useQuery(trashQuery);
  if (trash.data === undefined || trash.data.length === 0) {
    return null;
  }
  return (
    <Suspense>
      <Stack component="section" gap="sm" mt="xl">
        <Title order={2} size="h4">
          {t("trash")}
        </Title>
        {trash.data.map((task) => (
          <DeletedTask key={task.id} task={task} />
        ))}
      </Stack>
    </Suspense>
  );
}
