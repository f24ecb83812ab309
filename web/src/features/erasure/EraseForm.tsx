import { Alert, Button, Checkbox, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Erasable } from "@/features/erasure/EraseDialog";
import type { Wish } from "@/features/erasure/queries";
import { CliHint, quoted } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

interface Props {
  item: Erasable;
  onErase: (wish: Partial<Wish>) => Promise<unknown>;
}

/** Why, whether it may come back, and the name that makes sure. */
export function EraseForm({ item, onErase }: Props) {
  const { t } = useTranslation("erasure");
  const form = useForm({ initialValues: { reason: "", confirm: "", exclude: true } });
  const { submit, isSending, problem } = useProblemForm(form, async (wish) => {
    await onErase(wish);
  });
  const { reason, confirm, exclude } = form.values;
  const command = [
    `dropally erasure start ${quoted(item.entityName)} ${quoted(item.shown)}`,
    ...(exclude ? [] : ["--no-exclude"]),
    `--reason ${quoted(reason || "REASON")} --confirm ${quoted(item.entityName)}`,
  ].join(" ");
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <Textarea
          label={t("reason")}
          description={t("reasonHint")}
          required
          autosize
          minRows={2}
          {...form.getInputProps("reason")}
        />
        <Checkbox
          label={t("exclude")}
          description={t("excludeHint")}
          {...form.getInputProps("exclude", { type: "checkbox" })}
        />
        <Alert color="red" variant="light" icon={<IconAlertTriangle />} title={t("forGood")}>
          {t("forGoodText")}
        </Alert>
        <TextInput
          label={t("confirm", { name: item.entityName })}
          autoComplete="off"
          required
          {...form.getInputProps("confirm")}
        />
        {problem !== null && <ErrorState error={problem} />}
        <Group justify="space-between">
          <Button
            type="submit"
            color="red.9"
            loading={isSending}
            disabled={confirm !== item.entityName || reason.trim() === ""}
          >
            {t("erase")}
          </Button>
          <CliHint command={command} />
        </Group>
      </Stack>
    </form>
  );
}
