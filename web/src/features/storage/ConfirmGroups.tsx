import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { useKeyActions } from "@/features/storage/key-actions";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

interface Props {
  storageId: string;
  /** Which groups of the code, counted from 1. */
  groups: readonly number[];
  onConfirmed: () => void;
}

/** Some groups of the code, typed from the paper, prove that there is a paper. */
export function ConfirmGroups({ storageId, groups, onConfirmed }: Props) {
  const { t } = useTranslation("storage");
  const { confirm } = useKeyActions(storageId);
  const form = useForm<Record<string, string>>({
    initialValues: Object.fromEntries(groups.map((number) => [String(number), ""])),
  });
  const { submit, isSending, problem } = useProblemForm(form, async (typed) => {
    await confirm({ groups: typed });
    onConfirmed();
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <Text size="sm">{t("key.proveText")}</Text>
        <Group align="flex-end">
          {groups.map((number) => (
            <TextInput
              key={number}
              label={t("key.group", { number })}
              w={120}
              maxLength={12}
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              required
              {...form.getInputProps(String(number))}
            />
          ))}
          <Button type="submit" loading={isSending}>
            {t("key.prove")}
          </Button>
        </Group>
        {problem !== null && <ErrorState error={problem} />}
      </Stack>
    </form>
  );
}
