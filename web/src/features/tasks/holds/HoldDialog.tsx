import { Button, Group, Modal, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { firstMomentOf, lastMomentOf } from "@/features/tasks/holds/days";
import type { Task } from "@/features/tasks/queries";
import { CliHint, quoted } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

const EMPTY = { reason: "", owner: "", start: "", end: "", until: "" };

/** A hold on all restore points of the task's team, or on those of a time. */
export function HoldDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const { t } = useTranslation("tasks");
  const queries = useQueryClient();
  const form = useForm({ initialValues: EMPTY });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    const { reason, owner } = values;
    const body = { task_id: task.id, reason, owner, ...moments(values) };
    await answer(api.POST("/api/v1/holds", { body }));
    await queries.invalidateQueries({ queryKey: [keys.tasks] });
    onClose();
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("holds.set")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          <Textarea
            label={t("holds.reason")}
            description={t("holds.reasonHint")}
            required
            autosize
            minRows={2}
            data-autofocus
            {...form.getInputProps("reason")}
          />
          <TextInput
            label={t("holds.owner")}
            description={t("holds.ownerHint")}
            {...form.getInputProps("owner")}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              type="date"
              label={t("holds.start")}
              description={t("holds.startHint")}
              {...form.getInputProps("start")}
            />
            <TextInput
              type="date"
              label={t("holds.end")}
              description={t("holds.endHint")}
              {...form.getInputProps("end")}
            />
          </SimpleGrid>
          <TextInput
            type="date"
            label={t("holds.until")}
            description={t("holds.untilHint")}
            {...form.getInputProps("until")}
          />
          {problem !== null && <ErrorState error={problem} />}
          <Group justify="space-between">
            <Button type="submit" loading={isSending}>
              {t("holds.set")}
            </Button>
            <CliHint command={commandOf(task.name, form.values)} />
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Whole days of this browser's zone. */
function moments(values: typeof EMPTY) {
  return {
    start: firstMomentOf(values.start),
    end: lastMomentOf(values.end),
    until: lastMomentOf(values.until),
  };
}

function commandOf(task: string, values: typeof EMPTY): string {
  const { start, end, until } = moments(values);
  const words = [`dropally hold set ${quoted(task)} ${quoted(values.reason || "REASON")}`];
  if (values.owner !== "") {
    words.push(`--owner ${quoted(values.owner)}`);
  }
  for (const [flag, moment] of [
    ["--from", start],
    ["--to", end],
    ["--until", until],
  ] as const) {
    if (moment !== null) {
      words.push(`${flag} ${moment}`);
    }
  }
  return words.join(" ");
}
