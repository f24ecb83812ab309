import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { useKeyActions } from "@/features/storage/key-actions";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

/** The whole code, typed once: for a repository whose code was shown elsewhere. */
export function ConfirmWhole({
  storageId,
  onConfirmed,
}: {
  storageId: string;
  onConfirmed: () => void;
}) {
  const { t } = useTranslation("storage");
  const { confirm } = useKeyActions(storageId);
  const form = useForm({ initialValues: { code: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async ({ code }) => {
    await confirm({ code });
    onConfirmed();
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <TextInput
          label={t("key.whole")}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          autoComplete="off"
          spellCheck={false}
          required
          {...form.getInputProps("code")}
        />
        {problem !== null && <ErrorState error={problem} />}
        <Group>
          <Button type="submit" loading={isSending}>
            {t("key.prove")}
          </Button>
          <CliHint command={command("key.confirm", { storage: storageId })} />
        </Group>
      </Stack>
    </form>
  );
}
